"""Joining the parts of a run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.bundle import write_bundle
from leaseproof.evidence.merge import merge
from leaseproof.evidence.reading import read_files
from leaseproof.evidence.record import Record, verdict
from leaseproof.evidence.verify import verify


@pytest.fixture
def parts(green: Record) -> tuple[Record, Record]:
    """Return two parts of one run: proofs a and b in the first, c in the second."""
    first = replace(green, shard=(1, 2), proofs=green.proofs[:2], collected_proofs=green.collected_proofs[:2])
    second = replace(
        green,
        shard=(2, 2),
        proofs=green.proofs[2:],
        collected_proofs=green.collected_proofs[2:],
        tests=green.tests[1:],
    )
    return first, second


@pytest.fixture
def bundles(tmp_path: Path) -> Callable[..., Mapping[str, Mapping[str, bytes]]]:
    """Return a function that writes records as bundles and reads their files."""

    def write(*records: Record) -> Mapping[str, Mapping[str, bytes]]:
        found = {}
        for number, record in enumerate(records):
            write_bundle(record, tmp_path / f"part{number}")
            found[f"part{number}"] = read_files(tmp_path / f"part{number}")
        return found

    return write


def test_merge_joins_all_parts(
    tmp_path: Path, green: Record, parts: tuple[Record, Record], bundles: Callable
) -> None:
    """Two parts make the bundle that one run would have made, but for run.json."""
    merged = merge(bundles(*reversed(parts)))
    write_bundle(merged, tmp_path / "merged")
    write_bundle(green, tmp_path / "whole")
    assert verify(tmp_path / "merged").passed
    different = {
        name
        for name, data in read_files(tmp_path / "merged").items()
        if data != read_files(tmp_path / "whole")[name]
    }
    assert different == {"run.json", "SHA256SUMS"}


def test_merge_of_a_red_part_is_red(parts: tuple[Record, Record], red: Record, bundles: Callable) -> None:
    """One red part makes the whole red."""
    first = replace(parts[0], proofs=red.proofs[:2], steps=red.steps)
    assert verdict(merge(bundles(first, parts[1]))).startswith("FAILED: integration: part 1: 1 proofs red")


def test_merge_of_an_interrupted_part_is_interrupted(parts: tuple[Record, Record], bundles: Callable) -> None:
    """A part that was interrupted cannot become a pass."""
    second = replace(parts[1], ending="interrupted", signal="SIGTERM")
    assert verdict(merge(bundles(parts[0], second))).startswith("INTERRUPTED by SIGTERM")


@pytest.mark.parametrize(
    ("choose", "said"),
    [
        (lambda first, second: (first,), "got no part 2 of 2"),
        (lambda first, second: (second,), "got no part 1 of 2"),
        (lambda first, second: (first, second, second), "got part 2 of 2 twice"),
        (lambda first, second: (first, replace(second, commit="f" * 40)), "got another commit"),
        (lambda first, second: (first, replace(second, dirty=("x",))), "got another changed files"),
        (
            lambda first, second: (first, replace(second, server_version="17.1")),
            r"got another server version .*'17.1' and '18.4'",
        ),
        (lambda first, second: (first, replace(second, shard=(2, 3))), "got another number of parts"),
        (lambda first, second: (first, replace(second, digests={})), "got another digests"),
        (lambda first, second: (first, replace(second, claims={"fencing": "x"})), "got another claims"),
        (
            lambda first, second: (first, replace(second, catalog={**second.catalog, "04_views.sql": "x"})),
            "got another catalog",
        ),
        (
            lambda first, second: (
                first,
                replace(
                    second,
                    proofs=first.proofs[:1] + second.proofs,
                    collected_proofs=first.collected_proofs[:1] + second.collected_proofs,
                ),
            ),
            "ran in two parts",
        ),
        (
            lambda first, second: (
                replace(first, proofs=first.proofs[:1], collected_proofs=first.collected_proofs[:1]),
                second,
            ),
            "no part collected",
        ),
        (lambda first, second: (), "got no bundle"),
    ],
    ids=[
        "first_only",
        "second_only",
        "doubled",
        "commit",
        "dirty",
        "server",
        "count",
        "digests",
        "claims",
        "catalog",
        "overlap",
        "gap",
        "none",
    ],
)
def test_merge_refuses_what_is_not_one_run(
    parts: tuple[Record, Record], bundles: Callable, choose: Callable, said: str
) -> None:
    """A part missing or doubled, of another commit, server version or tree, is refused by name."""
    with pytest.raises(LeaseproofError, match=said):
        merge(bundles(*choose(*parts)))


def test_merge_refuses_a_part_that_was_changed(parts: tuple[Record, Record], bundles: Callable) -> None:
    """A part whose sums do not hold is refused."""
    found = {name: dict(files) for name, files in bundles(*parts).items()}
    found["part1"]["junit.xml"] += b" "
    with pytest.raises(LeaseproofError, match="part1, which is not whole"):
        merge(found)
