"""Text in columns."""

import pytest

from leaseproof.proof.cells import cut, pad, printable, width, wrap


@pytest.mark.parametrize(
    ("text", "columns", "answer"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("abc", 0, ""),
        ("", 0, ""),
    ],
)
def test_cut_keeps_within_the_columns(text: str, columns: int, answer: str) -> None:
    """An ellipsis stands for what is missing, wide characters count two."""
    assert cut(text, columns) == answer
    assert width(answer) <= columns


def test_pad_fills_exactly() -> None:
    """Short and long texts become equally wide."""
    assert [width(pad(text, 4)) for text in ("", "ab", "abcdef", "日本語")] == [4, 4, 4, 4]


def test_printable_is_one_line_without_control_characters() -> None:
    """Escapes, tabs and line ends become single spaces."""
    assert printable(" a\t\x1b[31mb\n\nc ") == "a [31mb c"


def test_wrap_breaks_between_words() -> None:
    """A word that is too long is cut; nothing is one empty line."""
    assert wrap("waits for worker_b and me", 9) == ["waits for", "worker_b", "and me"]
    assert wrap("incomprehensible", 5) == ["inco…"]
    assert wrap("", 5) == [""]
