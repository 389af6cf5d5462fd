"""A proof's file as text with positions, so that an error can say where and point at it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.cells import width

LARGEST_FILE_BYTES = 1_000_000
_WIDEST_EXCERPT = 100


class ProofFileError(LeaseproofError):
    """A mistake in a file of a proof; its text begins with ``path:line:column`` and ends with a caret.

    Args:
        message: got, expected, next step.
        path: of the file, as a person would type it.
        line: from 1; 0 when the mistake is not on a line.
        column: from 1.
        excerpt: the line and the caret, or nothing.
    """

    def __init__(self, message: str, *, path: str, line: int = 0, column: int = 0, excerpt: str = "") -> None:
        where = f"{path}:{line}:{column}" if line else path
        super().__init__(f"{where}: {message}" + (f"\n{excerpt}" if excerpt else ""))
        self.message = message
        self.path = path
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Source:
    """Text and where it came from.

    Args:
        path: as a person would type it, POSIX separators.
        text: the whole text, lines ended by a line feed.
        first_line: number of the text's first line in its file.
    """

    path: str
    text: str
    first_line: int = field(default=1, kw_only=True)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(index + 1 for index, character in enumerate(self.text) if character == "\n")]

    def line(self, offset: int) -> int:
        """Return the number of the line that holds the offset."""
        return bisect_right(self._starts, offset) - 1 + self.first_line

    def error(self, message: str, offset: int, length: int = 1) -> ProofFileError:
        """Return an error that points at a part of the text.

        Args:
            message: got, expected, next step.
            offset: of the part's first character.
            length: of the part; the caret stays on its first line.
        """
        offset = min(offset, len(self.text))
        start = self._starts[bisect_right(self._starts, offset) - 1]
        end = self.text.find("\n", start)
        whole = self.text[start : end if end >= 0 else len(self.text)]
        column = offset - start
        length = max(1, min(length, len(whole) - column))
        skipped = max(0, column - _WIDEST_EXCERPT // 2) if len(whole) > _WIDEST_EXCERPT else 0
        shown = whole[skipped : skipped + _WIDEST_EXCERPT]
        length = min(length, max(1, len(shown) - (column - skipped)))
        number = str(self.line(offset))
        before = "".join("\t" if each == "\t" else " " * width(each) for each in shown[: column - skipped])
        caret = "^" * max(1, width(shown[column - skipped : column - skipped + length]))
        excerpt = f"  {number} | {_printable(shown)}\n  {' ' * len(number)} | {before}{caret}"
        return ProofFileError(message, path=self.path, line=int(number), column=column + 1, excerpt=excerpt)


def read_source(path: Path, shown_as: str) -> tuple[Source, bytes]:
    """Read one file of a proof; a byte order mark and Windows line ends are dropped from the text only.

    Args:
        path: of the file.
        shown_as: how errors name it.

    Raises:
        ProofFileError: it cannot be read, is empty, larger than :data:`LARGEST_FILE_BYTES`, or no UTF-8 text.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise ProofFileError(
                f"got a file of {size:,} bytes; expected at most {LARGEST_FILE_BYTES:,}; "
                "make the rows with generate_series in a setup step instead of writing them out",
                path=shown_as,
            )
        content = path.read_bytes()
    except OSError as error:
        raise ProofFileError(
            f"got {error.strerror}; expected a file that can be read", path=shown_as
        ) from None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProofFileError(
            f"got byte 0x{content[error.start]:02x}, which is not UTF-8; expected UTF-8 text; save the"
            " file as UTF-8",
            path=shown_as,
            line=line,
            column=error.start - content.rfind(b"\n", 0, error.start),
        ) from None
    source = Source(shown_as, text)
    if not text.strip():
        raise ProofFileError(
            "got an empty file; expected a proof; write it as docs/writing-a-proof.md shows, or delete it",
            path=shown_as,
        )
    if "\0" in text:
        raise source.error("got a NUL character; expected text; remove it", text.index("\0"))
    return source, content


def _printable(text: str) -> str:
    return "".join(each if each == "\t" or each.isprintable() else " " for each in text)
