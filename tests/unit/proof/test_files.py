"""Files written whole or not at all."""

import tomllib
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import replace, toml_string, toml_value, write_new


def test_write_new_never_replaces(tmp_path: Path) -> None:
    """A file that exists stays, and no temporary file is left."""
    path = tmp_path / "folder" / "file"
    write_new(path, "one\n")
    with pytest.raises(LeaseproofError, match="which exists; expected a new file"):
        write_new(path, "two\n")
    assert path.read_bytes() == b"one\n"
    assert list(path.parent.iterdir()) == [path]


def test_replace_writes_over(tmp_path: Path) -> None:
    """The new text is there as a whole."""
    path = tmp_path / "file"
    path.write_text("one")
    replace(path, "two\n")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"two\n", [path])


@pytest.mark.parametrize("text", ["", "plain", 'q"\\', "tab\tline\nend", "\x00\x1f\x7f", "日本 é 😀"])
def test_toml_string_is_read_back(text: str) -> None:
    """Every text survives."""
    assert tomllib.loads(f"x = {toml_string(text)}")["x"] == text


def test_toml_value_writes_nested_lists() -> None:
    """Booleans are no integers."""
    assert toml_value((True, 1, ("a", ()))) == '[true, 1, ["a", []]]'
