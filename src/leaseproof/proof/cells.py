"""Text in columns: how wide a terminal shows it, and how it is cut to fit."""

import unicodedata

ELLIPSIS = "…"


def width(text: str) -> int:
    """Return the number of columns that a terminal gives the text."""
    return sum(_character_width(each) for each in text)


def printable(text: str) -> str:
    """Return the text on one line, white space collapsed, without control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def cut(text: str, columns: int) -> str:
    """Return the text shortened to at most so many columns, with an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    kept, used = "", 0
    for each in text:
        if used + _character_width(each) > columns - 1:
            break
        kept += each
        used += _character_width(each)
    return kept.rstrip() + ELLIPSIS if columns > 0 else ""


def pad(text: str, columns: int) -> str:
    """Return the text cut or filled with spaces to exactly so many columns."""
    shown = cut(text, columns)
    return shown + " " * (columns - width(shown))


def wrap(text: str, columns: int) -> list[str]:
    """Return the text in lines of at most so many columns, broken between words; a longer word is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer) <= columns or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, columns) for line in lines]


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
