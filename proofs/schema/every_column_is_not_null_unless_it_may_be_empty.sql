-- Every column that must have a value is NOT NULL, identities are compared byte by byte, and defaults are the model's.

-- @step nullable: auditor
SELECT string_agg(a.attrelid::regclass || '.' || a.attname, ' ' ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum) AS nullable FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attnotnull;

-- @step collated: auditor
SELECT string_agg(a.attrelid::regclass || '.' || a.attname, ' ' ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum) AS not_bytewise FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attcollation NOT IN (0, 'pg_catalog."C"'::regcollation);

-- @step defaults: auditor
SELECT string_agg(a.attname || '=' || pg_get_expr(d.adbin, d.adrelid), ' ' ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum) AS defaults FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class AS c ON c.oid = d.adrelid WHERE c.relnamespace = 'public'::regnamespace;
