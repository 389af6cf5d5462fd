"""The files of the model and their hash."""

from pathlib import Path

import pytest

from leaseproof.database.apply import model_digest, model_files
from leaseproof.errors import LeaseproofError


def test_files_come_in_name_order(tmp_path: Path) -> None:
    """Only .sql files of the folder itself; the invariants below it are no part."""
    (tmp_path / "invariants").mkdir()
    for name in ("20_b.sql", "10_a.sql", "notes.txt", "invariants/x.sql"):
        (tmp_path / name).write_text("")
    assert [path.name for path in model_files(tmp_path)] == ["10_a.sql", "20_b.sql"]


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """An empty model would prove everything."""
    with pytest.raises(LeaseproofError, match="expected the model"):
        model_files(tmp_path)


def test_digest_follows_names_and_content(tmp_path: Path) -> None:
    """A renamed or changed file is another model."""
    (tmp_path / "a.sql").write_text("SELECT 1;")
    first = model_digest(tmp_path)
    (tmp_path / "a.sql").rename(tmp_path / "b.sql")
    renamed = model_digest(tmp_path)
    (tmp_path / "b.sql").write_text("SELECT 2;")
    assert len({first, renamed, model_digest(tmp_path)}) == 3
