"""Which programs a private server runs, and who can read them."""

from pathlib import Path

import pytest

from leaseproof.database import binaries
from leaseproof.errors import LeaseproofError


def test_readable_path_needs_every_folder_open(tmp_path: Path) -> None:
    """One closed folder on the way closes what is below it."""
    file = tmp_path / "home" / "bin" / "postgres"
    file.parent.mkdir(parents=True)
    file.write_text("")
    outside = all(parent.stat().st_mode & 0o001 for parent in tmp_path.resolve().parents)
    tmp_path.chmod(0o755)
    assert binaries.readable_by_all(file) == outside
    (tmp_path / "home").chmod(0o700)
    assert not binaries.readable_by_all(file)


def test_machine_without_programs_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the wheel nor the usual place: the message names both ways out."""
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "USUAL_PLACE", str(tmp_path / "{major}"))
    with pytest.raises(
        LeaseproofError, match="run through ./scripts/invoke, or name a server in OUTBOX_EVIDENCE_DB_URL"
    ):
        binaries.default()


def test_machines_own_programs_serve_without_the_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest that is found is taken."""
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "USUAL_PLACE", str(tmp_path / "{major}"))
    for major in (15, 17):
        (tmp_path / str(major)).mkdir()
        (tmp_path / str(major) / "postgres").write_text("")
    assert binaries.default() == tmp_path / "17"
