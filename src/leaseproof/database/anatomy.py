"""The parts of the model as the catalog of a database has them: what proof strength takes apart."""

from dataclasses import dataclass
from typing import Any

_FUNCTIONS = """
SELECT f.proname, f.oid::regprocedure::text, pg_get_functiondef(f.oid), f.prosrc, f.prosecdef, f.proowner::regrole::text,
    CASE f.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, f.proisstrict
FROM pg_proc AS f
WHERE f.pronamespace = 'public'::regnamespace
ORDER BY 2
"""

_CONSTRAINTS = """
SELECT n.conrelid::regclass::text, n.conname, n.contype::text, pg_get_constraintdef(n.oid)
FROM pg_constraint AS n
WHERE n.connamespace = 'public'::regnamespace AND n.conrelid <> 0 AND n.contype <> 'n'
ORDER BY 1, 2
"""

_COLUMNS = """
SELECT a.attrelid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attcollation = 'pg_catalog."C"'::regcollation,
    EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""

_INDEXES = """
SELECT x.indrelid::regclass::text, x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid), x.indisunique
FROM pg_index AS x
JOIN pg_class AS c ON c.oid = x.indrelid AND c.relnamespace = 'public'::regnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint AS n WHERE n.conindid = x.indexrelid)
ORDER BY 1, 2
"""

_TRIGGERS = """
SELECT t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled::text
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
WHERE NOT t.tgisinternal
ORDER BY 1, 2
"""

_VIEWS = """
SELECT c.oid::regclass::text, pg_get_viewdef(c.oid)
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
ORDER BY 1
"""


_RELATION_PRIVILEGES = """
SELECT c.oid::regclass::text, r.rolname, p.privilege, has_table_privilege(r.oid, c.oid, p.privilege)
FROM pg_class AS c
CROSS JOIN pg_roles AS r
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
WHERE c.relnamespace = 'public'::regnamespace
    AND c.relkind IN ('r', 'v')
    AND r.rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor', 'outbox_control')
ORDER BY 1, 2, 3
"""

_COLUMN_GRANTS = """
SELECT a.attrelid::regclass::text, a.attname, x.grantee::regrole::text, x.privilege_type
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace
CROSS JOIN LATERAL aclexplode(a.attacl) AS x
ORDER BY 1, a.attnum, 3
"""

_FUNCTION_PRIVILEGES = """
SELECT f.oid::regprocedure::text, f.proname, r.rolname, has_function_privilege(r.oid, f.oid, 'EXECUTE')
FROM pg_proc AS f
CROSS JOIN pg_roles AS r
WHERE f.pronamespace = 'public'::regnamespace
    AND r.rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor')
ORDER BY 1, 3
"""

_SETTINGS = """
SELECT e.key, e.value
FROM public.outbox_settings AS s
CROSS JOIN LATERAL jsonb_each_text(to_jsonb(s)) AS e
WHERE jsonb_typeof(to_jsonb(s) -> e.key) = 'number'
ORDER BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """The parts of a model, each a tuple of rows in a fixed order."""

    functions: tuple[tuple[Any, ...], ...]  # name, signature, definition, body, security definer, owner, volatility, strict
    constraints: tuple[tuple[Any, ...], ...]  # table, name, kind (c u p f), definition
    columns: tuple[tuple[Any, ...], ...]  # table, name, type, not null, default, collated "C", part of the primary key
    indexes: tuple[tuple[Any, ...], ...]  # table, name, definition, unique; those of constraints are left out
    triggers: tuple[tuple[Any, ...], ...]  # table, name, definition, enabled (O A R D)
    views: tuple[tuple[Any, ...], ...]  # name, definition
    relation_privileges: tuple[tuple[Any, ...], ...]  # relation, role, privilege, whether the role has it
    column_grants: tuple[tuple[Any, ...], ...]  # relation, column, role, privilege
    function_privileges: tuple[tuple[Any, ...], ...]  # signature, name, role, whether the role has it
    settings: tuple[tuple[Any, ...], ...]  # column of outbox_settings, value as text


def read_anatomy(connection: Any) -> Anatomy:
    """Read the parts of the model from a database.

    Args:
        connection: from :func:`leaseproof.database.connection.connect`, as the owner.
    """

    def rows(query: str) -> tuple[tuple[Any, ...], ...]:
        return tuple(connection.execute(query).fetchall())

    return Anatomy(
        functions=rows(_FUNCTIONS),
        constraints=rows(_CONSTRAINTS),
        columns=rows(_COLUMNS),
        indexes=rows(_INDEXES),
        triggers=rows(_TRIGGERS),
        views=rows(_VIEWS),
        relation_privileges=rows(_RELATION_PRIVILEGES),
        column_grants=rows(_COLUMN_GRANTS),
        function_privileges=rows(_FUNCTION_PRIVILEGES),
        settings=rows(_SETTINGS),
    )
