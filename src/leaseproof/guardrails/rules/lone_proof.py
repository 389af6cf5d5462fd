"""LP006: a proof is two files."""

from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    by_path = {source.path: source for source in sources if source.path.startswith("proofs/")}
    for path, source in sorted(by_path.items()):
        stem, _dot, ending = path.rpartition(".")
        if ending == "sql" and f"{stem}.toml" not in by_path:
            yield source, 0, f"got {path} without {stem}.toml, made by: ./scripts/invoke proofs.record {path}"
        elif ending == "toml" and f"{stem}.sql" not in by_path:
            name = stem.removeprefix("proofs/")
            yield source, 0, f"got {path} without {stem}.sql, made by: ./scripts/invoke proofs.new {name}"


RULE = Rule(
    code="LP006",
    name="no lone file of a proof",
    why="An attack without its manifest expects nothing, and a manifest without its attack proves nothing.",
    fix="make the other file, or delete this one",
    bad={"proofs/fencing/a_claim.sql": "-- A claim.\n"},
    good={"proofs/fencing/a_claim.sql": "-- A claim.\n", "proofs/fencing/a_claim.toml": 'id = "X-1"\n'},
    check=_check,
)
