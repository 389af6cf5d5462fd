"""Who waits for whom, as the server's lock view says, seen from a connection that takes no part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaseproof.database.wire import Wire, rows_of

PREPARED_TRANSACTION = "a prepared transaction"

# pg_isolation_test_session_is_blocked also sees safe-snapshot waits and parallel workers, and only counts
# blockers that are ours, so that a wait for autovacuum is not taken for a block. It is undocumented: without
# it, the same is put together from the two functions that are.
_KNOWS = (
    "SELECT to_regprocedure('pg_catalog.pg_isolation_test_session_is_blocked(integer,integer[])') IS NOT NULL"
)
_BLOCKERS = "(pg_catalog.pg_blocking_pids(w) || pg_catalog.pg_safe_snapshot_blocking_pids(w))"
_LOOK = """
PREPARE leaseproof_look (integer[], integer[]) AS
SELECT w,
       {blocked}
       OR (0 = ANY (pg_catalog.pg_blocking_pids(w))
           AND EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts
                        WHERE database = pg_catalog.current_database())),
       array_to_string({blockers}, ',')
  FROM unnest($1) AS waiting (w)
"""
_STALL = """
SELECT coalesce(a.wait_event_type || ' ' || a.wait_event, 'running'),
       (SELECT string_agg(DISTINCT CASE b.backend_type
                                   WHEN 'client backend' THEN concat('another client, ', b.application_name)
                                   ELSE b.backend_type END, ', ')
          FROM pg_catalog.pg_stat_activity AS b
         WHERE b.pid = ANY (pg_catalog.pg_blocking_pids(a.pid)))
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.pid = {pid}
"""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one look says of one backend."""

    blocked: bool  # by a session of the proof, or by a prepared transaction of its database
    by: tuple[int, ...] = ()  # its blockers' pids, 0 for a prepared transaction


class Watch:
    """Looks at waiting backends.

    Args:
        wire: an idle connection whose role may see every session's waits.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        known = rows_of(wire.run(_KNOWS)[0])[0][0] == "t"
        whole = "pg_catalog.pg_isolation_test_session_is_blocked(w, $2)"
        wire.run(_LOOK.format(blocked=whole if known else f"{_BLOCKERS} && $2", blockers=_BLOCKERS))

    def look(self, waiting: Sequence[int], ours: Sequence[int]) -> Mapping[int, Sight]:
        """Return what holds up each backend.

        Args:
            waiting: backends with a statement under way.
            ours: all backends of the proof.
        """
        some, all_of = (",".join(map(str, pids)) for pids in (waiting, ours))
        rows = rows_of(self._wire.run(f"EXECUTE leaseproof_look('{{{some}}}', '{{{all_of}}}')")[0])
        return {
            int(pid or 0): Sight(
                blocked=blocked == "t", by=tuple(int(each) for each in (by or "").split(",") if each)
            )
            for pid, blocked, by in rows
        }

    def describe_stall(self, pid: int) -> str:
        """Return in words what a backend is doing that no session of the proof holds up."""
        rows = rows_of(self._wire.run(_STALL.format(pid=pid))[0])
        if not rows:
            return "its backend is gone"
        activity, blockers = rows[0]
        return f"{activity}, held up by {blockers}" if blockers else str(activity)


def find_cycle(edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the sessions of one circle of waits, sorted; nothing when there is none.

    Args:
        edges: waiting session to the sessions that it waits for.
    """
    reach = {name: _reachable(edges, name) for name in edges}
    for start, reached in reach.items():
        if start in reached:
            return tuple(sorted(name for name in reached if start in reach.get(name, ())))
    return ()


def _reachable(edges: Mapping[str, Sequence[str]], source: str) -> set[str]:
    reached: set[str] = set()
    front = [source]
    while front:
        new = set(edges.get(front.pop(), ())) - reached
        reached |= new
        front.extend(new)
    return reached
