"""The evidence bundle: make it again, check it, join parts, archive it."""

from dataclasses import replace
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, settings_from_environment
from leaseproof.errors import LeaseproofError
from leaseproof.evidence import pack as packing
from leaseproof.evidence.bundle import DIRECTORY, EVIDENCE, FILES, Written, write_bundle
from leaseproof.evidence.merge import merge as merge_bundles
from leaseproof.evidence.reading import read_files, record_of
from leaseproof.evidence.record import problems, verdict
from leaseproof.evidence.secrets import secrets_of
from leaseproof.evidence.verify import verify as verify_bundle
from leaseproof.gate import source, store, timelines


@command(default=True)
def make(_context: Context) -> None:
    """Make reports/outbox-evidence again from the last gate's results, running nothing."""
    settings = settings_from_environment()
    record = store.load(settings.root)
    now = source.read_source(settings.root)
    if (now.commit, now.digests) != (record.commit, dict(record.digests)):
        print(
            f"The tree has changed since: these are the results of commit {record.commit[:12] or 'unknown'},"
            " as they were."
        )
    written = write_bundle(
        replace(record, steps=tuple(step for step in record.steps if step.name != EVIDENCE), withheld=()),
        settings.root / DIRECTORY,
        secrets=secrets_of(settings.database_url),
        timeline=timelines.draw,
    )
    _pack(settings.root, written)
    _tell(written, DIRECTORY)


@command(help={"path": f"a folder such as {DIRECTORY}, or a packed archive"})
def verify(_context: Context, path: str) -> None:
    """Check a bundle with nothing but the bundle: every sum, and that what was expected is what ran."""
    found = verify_bundle(Path(path), timeline=timelines.draw)
    if found.problems:
        raise Exit(
            "\n".join(["The bundle is not to be trusted:", *(f"- {text}" for text in found.problems)]), code=1
        )
    print(f"The bundle is whole: {found.facts}.")
    print(f"It says: {found.verdict}")
    for text in found.missing:
        print(f"- {text}")
    if not found.passed:
        raise Exit("The bundle is whole, but it is no evidence of a passed gate.", code=1)


@command(
    help={
        "paths": (
            "the folder that holds the bundles of all parts, or the bundles' paths with commas between them"
        )
    }
)
def merge(_context: Context, paths: str) -> None:
    """Join the bundles of ci --shard 1/N to N/N into reports/outbox-evidence."""
    settings = settings_from_environment()
    bundles = {str(path): read_files(path) for path in _bundles([Path(each) for each in paths.split(",")])}
    record = merge_bundles(bundles, timeline=timelines.draw)
    written = write_bundle(record, settings.root / DIRECTORY, timeline=timelines.draw)
    _pack(settings.root, written)
    _tell(written, DIRECTORY)
    if problems(record):
        raise Exit(verdict(record), code=1)


@command(help={"path": f"the bundle's folder; default {DIRECTORY}"})
def pack(_context: Context, path: str = str(DIRECTORY)) -> None:
    """Archive a bundle as reports/outbox-evidence.tar.gz, the same bytes for the same bundle."""
    modified = record_of(read_files(Path(path))).commit_time
    packing.pack_bundle(Path(path), settings_from_environment().root / packing.ARCHIVE, modified=modified)
    print(packing.ARCHIVE)


def _bundles(paths: list[Path]) -> list[Path]:
    found = []
    for path in paths:
        whole = path.is_file() or (path / FILES[0]).is_file()
        inside = [
            each
            for each in sorted(path.glob("*"))
            if (each / FILES[0]).is_file() or each.name.endswith(".tar.gz")
        ]
        found += [path] if whole or not path.is_dir() else inside
    if not found:
        raise LeaseproofError(
            "got no bundle; expected those of all parts; name their folders, or the folder that holds them"
        )
    return found


def _pack(root: Path, written: Written) -> None:
    """Archive what was written, so that no archive of another bundle lies beside it."""
    packing.pack_bundle(root / DIRECTORY, root / packing.ARCHIVE, modified=written.record.commit_time)


def _tell(written: Written, directory: Path) -> None:
    for fault in written.faults:
        print(fault)
    print(
        f"{verdict(written.record)}\n{directory}: {len(FILES)} files, archived as {packing.ARCHIVE}; check it"
        f" with: ./scripts/invoke evidence.verify {directory}"
    )
