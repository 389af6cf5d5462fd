"""Errors that point at a place in a file."""

from leaseproof.proof.source import Source


def test_error_shows_line_and_caret() -> None:
    """The path, the line, the column and a caret below the part."""
    assert str(Source("a.sql", "one\ntwo words\n").error("got it", 8, 5)) == (
        "a.sql:2:5: got it\n  2 | two words\n    |     ^^^^^"
    )


def test_caret_stands_below_wide_and_combining_characters() -> None:
    """A caret is placed by the width that a terminal gives a character."""
    assert str(Source("a", "日本e\u0301 x").error("m", 5)).splitlines()[2] == "    |       ^"


def test_caret_of_a_long_line_stays_in_view() -> None:
    """Only the part of a long line around the mistake is shown."""
    _, line, mark = str(Source("a", "x" * 500 + "HERE" + "y" * 500).error("m", 500, 4)).splitlines()
    assert len(line) < 110
    assert line[mark.index("^") : mark.index("^") + 4] == "HERE"
    assert mark.count("^") == 4


def test_caret_behind_the_last_line_is_on_it() -> None:
    """An end that comes too early is shown at the end."""
    assert str(Source("a", "abc").error("m", 3)).splitlines() == ["a:1:4: m", "  1 | abc", "    |    ^"]


def test_control_characters_are_not_printed() -> None:
    """A terminal escape in a file does not reach the terminal."""
    assert "\x1b" not in str(Source("a", "x \x1b[31m y").error("m", 0))
