"""What a database was like when it was made, and how to tell and undo every change since.

Table contents, sequences and triggers are compared by content. The rest of the catalog is compared by its
rows' inserting transaction: a row that is new or changed since then was written by a transaction as young,
and a row that is gone changes the count. So a reset that claims to be complete is checked by the same query
that found the change.

That scan costs a millisecond. It is left out while the server's own counters say that nobody wrote to any
catalog at all, which holds for everything but DDL and temporary tables; sessions flush their counters when
they are cleaned.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from leaseproof.database.wire import Wire, rows_of

FLUSH_COUNTERS = (
    "SELECT pg_catalog.pg_stat_force_next_flush()"  # in each session, before its end is looked at
)
ROWS_KEPT = 1_000  # more rows than this in a fresh database are not restored row by row

_CATALOGS = """
SELECT c.oid::pg_catalog.regclass, c.oid
  FROM pg_catalog.pg_class AS c
 WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' AND NOT c.relisshared
   AND c.relname NOT IN ('pg_trigger', 'pg_namespace')
 ORDER BY 1
"""
# Triggers by content, because a reset disables and enables them. Schemas without pg_temp's: a backend's
# temporary schema outlives its tables.
_BY_CONTENT = (
    "(SELECT md5(string_agg(t::text, '|' ORDER BY t.oid)) FROM pg_catalog.pg_trigger AS t)",
    "(SELECT md5(string_agg(n::text, '|' ORDER BY n.oid)) FROM pg_catalog.pg_namespace AS n"
    " WHERE n.nspname !~ '^pg_(toast_)?temp_')",
    "(SELECT md5(string_agg(s::text, '|' ORDER BY s.setrole)) FROM pg_catalog.pg_db_role_setting AS s"
    " JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase"
    " WHERE d.datname = pg_catalog.current_database())",
    "(SELECT concat(d.datacl, d.datdba, d.datallowconn, d.datconnlimit) FROM pg_catalog.pg_database AS d"
    " WHERE d.datname = pg_catalog.current_database())",
)
_TABLES = """
SELECT c.oid::pg_catalog.regclass,
       (SELECT string_agg(pg_catalog.quote_ident(a.attname), ',' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
       (SELECT string_agg(pg_catalog.quote_ident(t.tgname), ',' ORDER BY t.tgname)
          FROM pg_catalog.pg_trigger AS t
         WHERE t.tgrelid = c.oid AND t.tgenabled = 'A')
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace,
   'information_schema'::pg_catalog.regnamespace)
 ORDER BY c.oid::pg_catalog.regclass::text
"""
_SEQUENCES = (
    "SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class AS c WHERE c.relkind = 'S' ORDER BY 1"
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table as a fresh database has it."""

    name: str  # quoted as SQL needs it
    columns: str  # those that an INSERT may name, quoted, comma-separated
    always_triggers: tuple[str, ...]  # ENABLE ALWAYS: they fire even for a replica
    rows: tuple[str, ...]  # as composite literals


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a database differs from its baseline."""

    catalog: bool = False  # anything but the contents of tables and sequences
    tables: tuple[int, ...] = ()  # positions in Baseline.tables
    sequences: tuple[int, ...] = ()
    prepared: tuple[str, ...] = ()  # prepared transactions left behind

    def __bool__(self) -> bool:
        """Say whether there is any difference."""
        return bool(self.catalog or self.tables or self.sequences or self.prepared)


class Baseline:
    """The state of a fresh database, taken over a connection that must not change roles.

    Args:
        wire: a superuser connection to it; prepared statements stay on it.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        catalogs, tables, sequences, xid = (
            rows_of(result)
            for result in wire.run(f"{_CATALOGS};{_TABLES};{_SEQUENCES};SELECT pg_current_xact_id()::xid")
        )
        self.tables = tuple(
            Table(
                name=str(name),
                columns=columns or "",
                always_triggers=tuple(triggers.split(",")) if triggers else (),
                rows=self._rows(str(name)),
            )
            for name, columns, triggers in tables
        )
        self._sequences = tuple(str(name) for (name,) in sequences)
        self._prepare(catalogs, str(xid[0][0]))
        self.take()

    def take(self) -> None:
        """Make the state of this moment the baseline; the tables must hold what they held at first."""
        self._wire.run(FLUSH_COUNTERS)
        self._catalog = rows_of(self._wire.run("EXECUTE leaseproof_catalog")[0])
        touched, contents = self._wire.run(self.query)
        self._touched = rows_of(touched)
        self._contents = self._read(contents)

    query = "EXECUTE leaseproof_touched; EXECUTE leaseproof_contents"

    @property
    def restorable(self) -> bool:
        """Say whether the contents are small enough to be put back row by row."""
        return all(len(table.rows) <= ROWS_KEPT for table in self.tables)

    def compare(self, touched: object, contents: object, *, thorough: bool = False) -> Change:
        """Return the difference between the baseline and what :attr:`query` answered just now.

        Args:
            touched: how often catalogs were written to; all sessions must have flushed their counters.
            contents: of tables and sequences.
            thorough: scan the catalog whatever the counters say.
        """
        now, then = self._read(contents), self._contents
        changed = now.attached != then.attached
        if thorough or rows_of(touched) != self._touched:
            self._touched = rows_of(touched)
            changed = changed or rows_of(self._wire.run("EXECUTE leaseproof_catalog")[0]) != self._catalog
        return Change(
            catalog=changed,
            tables=_differences(now.tables, then.tables),
            sequences=_differences(now.sequences, then.sequences),
            prepared=now.prepared,
        )

    def restore(self, change: Change) -> bool:
        """Put tables and sequences back; return whether contents and triggers are the baseline's again.

        Nothing else of the catalog is touched, and the comparison before said that it was as it should be.

        Raises:
            DatabaseError: a statement failed, a lock was not to be had: the database is not to be used again.
        """
        commands = ["BEGIN", "SET LOCAL session_replication_role = replica", "SET LOCAL lock_timeout = '2s'"]
        for position in change.tables:
            table = self.tables[position]
            commands += [f"ALTER TABLE {table.name} DISABLE TRIGGER {name}" for name in table.always_triggers]
            commands.append(f"DELETE FROM {table.name}")
            if table.rows:
                fields = ",".join(f"(r).{column}" for column in table.columns.split(","))
                values = ",".join(f"({_literal(row)}::{table.name})" for row in table.rows)
                commands.append(
                    f"INSERT INTO {table.name} ({table.columns}) OVERRIDING SYSTEM VALUE"
                    f" SELECT {fields} FROM (VALUES {values}) AS kept (r)"
                )
            commands += [
                f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {name}" for name in table.always_triggers
            ]
        for position in change.sequences:
            value, called = self._contents.sequences[position].split("|")
            commands.append(
                f"SELECT pg_catalog.setval({_literal(self._sequences[position])}, {value}, '{called}')"
            )
        commands += ["COMMIT", self.query]
        return not self.compare(*self._wire.run(";".join(commands))[-2:])

    def _rows(self, table: str) -> tuple[str, ...]:
        found = self._wire.run(f"SELECT t::text FROM {table} AS t LIMIT {ROWS_KEPT + 1}")[0]
        return tuple(str(row) for (row,) in rows_of(found))

    def _prepare(self, catalogs: Sequence[Sequence[str | None]], xid: str) -> None:
        """Prepare the queries that read the state: catalog, tables, sequences, prepared transactions."""
        catalog = [
            f"(SELECT count(*) || ':' || count(*) FILTER (WHERE age(xmin) <= age('{xid}'::xid)) FROM {name})"
            for name, _ in catalogs
        ]
        tables = [
            f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table.name} AS t)"
            if table.rows
            else f"(SELECT 'x' FROM {table.name} LIMIT 1)"
            for table in self.tables
        ]
        sequences = [f"(SELECT last_value || '|' || is_called FROM {name})" for name in self._sequences]
        prepared = (
            "ARRAY(SELECT gid FROM pg_catalog.pg_prepared_xacts"
            " WHERE database = pg_catalog.current_database() ORDER BY 1)"
        )
        self._widths = (len(tables), len(sequences))
        parts = [*tables, *sequences, f"concat_ws('|', {', '.join(_BY_CONTENT)})", f"to_json({prepared})"]
        oids = ",".join(str(oid) for _, oid in catalogs)
        self._wire.run(
            "PREPARE leaseproof_touched AS SELECT sum(pg_catalog.pg_stat_get_tuples_inserted(c)"
            " + pg_catalog.pg_stat_get_tuples_updated(c) + pg_catalog.pg_stat_get_tuples_deleted(c))"
            f" FROM unnest('{{{oids}}}'::oid[]) AS catalog (c)"
        )
        self._wire.run(f"PREPARE leaseproof_catalog AS SELECT {', '.join(catalog)}")
        self._wire.run(f"PREPARE leaseproof_contents AS SELECT {', '.join(parts)}")

    def _read(self, result: object) -> "_Contents":
        values = tuple(value or "" for value in rows_of(result)[0])
        tables, sequences = self._widths
        return _Contents(
            tables=values[:tables],
            sequences=values[tables : tables + sequences],
            attached=values[-2],
            prepared=tuple(json.loads(values[-1])),
        )


@dataclass(frozen=True, kw_only=True)
class _Contents:
    """What one look at the contents said."""

    tables: tuple[str, ...]
    sequences: tuple[str, ...]
    attached: str  # triggers, schemas and the database's own settings
    prepared: tuple[str, ...]


def _differences(now: Sequence[str], then: Sequence[str]) -> tuple[int, ...]:
    return tuple(
        position for position, (one, other) in enumerate(zip(now, then, strict=True)) if one != other
    )


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
