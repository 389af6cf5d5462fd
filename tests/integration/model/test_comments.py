"""Everything in the model is explained where it stands."""

from leaseproof.proof.fixtures import ConnectAs

SILENT = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
UNION ALL
SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
    AND col_description(a.attrelid, a.attnum) IS NULL
UNION ALL
SELECT f.oid::regprocedure::text FROM pg_proc AS f
WHERE f.pronamespace = 'public'::regnamespace AND obj_description(f.oid, 'pg_proc') IS NULL
"""


def test_every_object_has_a_comment(database: str, connect_as: ConnectAs) -> None:
    """Tables, columns, the view and functions say what they are for."""
    assert connect_as("owner", database).execute(SILENT).fetchall() == []
