"""The queries behind :mod:`leaseproof.database.catalog`.

Each of QUERIES answers name, what it belongs to, and definition, of one kind of thing in the schema
``public``; objects of extensions are left out. The parameter ``roles`` holds the names of the model's roles.
"""

_RELATIONS = """
relation AS (
    SELECT c.*
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('public')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
),
routine AS (
    SELECT f.*, format('public.%%I(%%s)', f.proname, pg_get_function_identity_arguments(f.oid)) AS signature
    FROM pg_proc AS f
    WHERE f.pronamespace = to_regnamespace('public')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
        )
)
"""

_OWNER = "CASE WHEN {0}::regrole::text = ANY (%(roles)s) THEN {0}::regrole::text ELSE 'the owner' END"

GRANTS = f"""
WITH {_RELATIONS},
acl AS (
    SELECT
        'schema' AS kind,
        n.nspname::text AS name,
        n.nspowner AS owner,
        coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
    FROM pg_namespace AS n
    WHERE n.nspname = 'public'
    UNION ALL
    SELECT
        CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
        format('public.%%I', c.relname),
        c.relowner,
        coalesce(c.relacl, acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))
    FROM relation AS c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'column', format('public.%%I.%%I', c.relname, a.attname), c.relowner, a.attacl
    FROM relation AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'function', f.signature, f.proowner, coalesce(f.proacl, acldefault('f', f.proowner))
    FROM routine AS f
)
SELECT g.kind, g.name, g.grantee, g.privilege, g.grantable
FROM (
    SELECT
        a.kind,
        a.name,
        CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END AS grantee,
        x.privilege_type AS privilege,
        bool_or(x.is_grantable) AS grantable
    FROM acl AS a
    CROSS JOIN LATERAL aclexplode(a.acl) AS x
    WHERE x.grantee <> a.owner
    GROUP BY 1, 2, 3, 4
) AS g
ORDER BY g.kind COLLATE "C", g.name COLLATE "C", g.grantee COLLATE "C", g.privilege COLLATE "C"
"""

QUERIES = {
    "role": """
        SELECT r.rolname::text, r.rolname::text, concat_ws(' ',
            CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
            CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
            CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
            CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
            CASE WHEN r.rolreplication THEN 'REPLICATION' END,
            CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
            (
                SELECT string_agg('SET ' || x, ' ' ORDER BY x COLLATE "C")
                FROM pg_db_role_setting AS s, unnest(s.setconfig) AS x
                WHERE s.setrole = r.oid AND s.setdatabase = 0
            ))
        FROM pg_roles AS r
        WHERE r.rolname = ANY (%(roles)s)
        ORDER BY r.rolname COLLATE "C"
    """,
    "membership": """
        SELECT format('%%s in %%s', m.member::regrole, m.roleid::regrole), m.roleid::regrole::text,
            concat_ws(' ', 'member', CASE WHEN bool_or(m.admin_option) THEN 'WITH ADMIN OPTION' END)
        FROM pg_auth_members AS m
        WHERE (m.roleid::regrole::text = ANY (%(roles)s) OR m.member::regrole::text = ANY (%(roles)s))
            AND m.member::regrole::text !~ '^leaseproof_[0-9a-f]{8}_'
        GROUP BY m.member, m.roleid
        ORDER BY m.member::regrole::text COLLATE "C", m.roleid::regrole::text COLLATE "C"
    """,
    "schema": f"""
        SELECT n.nspname::text, n.nspname::text, {_OWNER.format("n.nspowner")}
        FROM pg_namespace AS n
        WHERE n.nspname = 'public'
    """,
    "enum": """
        SELECT t.typname::text, t.typname::text,
            string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
        FROM pg_type AS t
        JOIN pg_enum AS e ON e.enumtypid = t.oid
        WHERE t.typnamespace = to_regnamespace('public')
        GROUP BY t.typname
        ORDER BY t.typname COLLATE "C"
    """,
    "table": f"""
        WITH {_RELATIONS}
        SELECT c.relname::text, c.relname::text, concat_ws(' ',
            CASE c.relkind
                WHEN 'r' THEN 'table'
                WHEN 'p' THEN 'partitioned table'
                WHEN 'f' THEN 'foreign table'
                ELSE 'sequence'
            END,
            CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
            'owned by', {_OWNER.format("c.relowner")},
            CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
            CASE WHEN c.relforcerowsecurity THEN 'FORCED' END,
            'WITH (' || array_to_string(c.reloptions, ', ') || ')')
        FROM relation AS c
        WHERE c.relkind IN ('r', 'p', 'f', 'S')
        ORDER BY c.relname COLLATE "C"
    """,
    "column": f"""
        WITH {_RELATIONS}
        SELECT format('%%I.%%I', c.relname, a.attname), c.relname::text, concat_ws(' ',
            format_type(a.atttypid, a.atttypmod),
            CASE
                WHEN a.attcollation NOT IN (0, t.typcollation)
                    THEN 'COLLATE ' || a.attcollation::regcollation::text
            END,
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE a.attidentity WHEN 'a' THEN 'ALWAYS AS IDENTITY' WHEN 'd' THEN 'BY DEFAULT AS IDENTITY' END,
            CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' ELSE 'GENERATED ' END
                || pg_get_expr(d.adbin, d.adrelid))
        FROM relation AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        ORDER BY c.relname COLLATE "C", a.attnum
    """,
    "constraint": f"""
        WITH {_RELATIONS}
        SELECT format('%%I.%%I', c.relname, n.conname), c.relname::text,
            pg_get_constraintdef(n.oid)
        FROM relation AS c
        JOIN pg_constraint AS n ON n.conrelid = c.oid
        WHERE n.contype NOT IN ('n', 't')
        ORDER BY c.relname COLLATE "C", n.conname COLLATE "C"
    """,
    "index": f"""
        WITH {_RELATIONS}
        SELECT c.relname::text, b.relname::text, concat_ws(' ',
            pg_get_indexdef(i.indexrelid),
            CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
            CASE WHEN NOT i.indisready THEN 'NOT READY' END)
        FROM relation AS c
        JOIN pg_index AS i ON i.indexrelid = c.oid
        JOIN pg_class AS b ON b.oid = i.indrelid
        ORDER BY b.relname COLLATE "C", c.relname COLLATE "C"
    """,
    "trigger": f"""
        WITH {_RELATIONS}
        SELECT format('%%I.%%I', c.relname, g.tgname), c.relname::text, concat_ws(' ',
            pg_get_triggerdef(g.oid),
            CASE g.tgenabled
                WHEN 'O' THEN 'ENABLED'
                WHEN 'A' THEN 'ENABLED ALWAYS'
                WHEN 'R' THEN 'ENABLED REPLICA'
                ELSE 'DISABLED'
            END)
        FROM relation AS c
        JOIN pg_trigger AS g ON g.tgrelid = c.oid
        WHERE NOT g.tgisinternal
        ORDER BY c.relname COLLATE "C", g.tgname COLLATE "C"
    """,
    "rule": f"""
        WITH {_RELATIONS}
        SELECT format('%%I.%%I', c.relname, w.rulename), c.relname::text, pg_get_ruledef(w.oid)
        FROM relation AS c
        JOIN pg_rewrite AS w ON w.ev_class = c.oid
        WHERE w.rulename <> '_RETURN'
        ORDER BY c.relname COLLATE "C", w.rulename COLLATE "C"
    """,
    "policy": f"""
        WITH {_RELATIONS}
        SELECT format('%%I.%%I', c.relname, p.polname), c.relname::text, concat_ws(' ', p.polcmd::text,
            CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            'TO ' || (
                SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ')
                FROM unnest(p.polroles) AS r
            ),
            'USING ' || pg_get_expr(p.polqual, p.polrelid),
            'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid))
        FROM relation AS c
        JOIN pg_policy AS p ON p.polrelid = c.oid
        ORDER BY c.relname COLLATE "C", p.polname COLLATE "C"
    """,
    "view": f"""
        WITH {_RELATIONS}
        SELECT c.relname::text, c.relname::text, concat_ws(' ',
            'owned by', {_OWNER.format("c.relowner")}, 'WITH (' || array_to_string(c.reloptions, ', ') || ')',
            'AS' || E'\\n' || pg_get_viewdef(c.oid))
        FROM relation AS c
        WHERE c.relkind IN ('v', 'm')
        ORDER BY c.relname COLLATE "C"
    """,
    "function": f"""
        WITH {_RELATIONS}
        SELECT f.signature, f.proname::text,
            format('-- owned by %%s%%s%%s', {_OWNER.format("f.proowner")}, E'\\n',
                CASE WHEN f.prokind IN ('f', 'p') THEN pg_get_functiondef(f.oid) ELSE 'an aggregate' END)
        FROM routine AS f
        ORDER BY f.signature COLLATE "C"
    """,
    "comment": f"""
        WITH {_RELATIONS}
        SELECT x.name, x.whole, x.text FROM (
            SELECT
                CASE WHEN c.relkind = 'v' THEN 'view ' ELSE 'table ' END || c.relname AS name,
                c.relname::text AS whole,
                obj_description(c.oid, 'pg_class') AS text
            FROM relation AS c
            WHERE c.relkind IN ('r', 'p', 'v', 'm')
            UNION ALL
            SELECT
                format('column %%I.%%I', c.relname, a.attname),
                c.relname::text,
                col_description(c.oid, a.attnum)
            FROM relation AS c
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            UNION ALL
            SELECT 'function ' || f.signature, f.proname::text, obj_description(f.oid, 'pg_proc')
            FROM routine AS f
        ) AS x
        WHERE x.text IS NOT NULL
        ORDER BY x.name COLLATE "C"
    """,
}
