"""Changes to a manifest that leave everything else in place, comments included. No I/O."""

from leaseproof.proof.toml import Document


class Edits:
    """Changes to a manifest's text, gathered and then made at once.

    Args:
        document: the manifest.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._changes: list[tuple[int, int, str]] = []

    @property
    def made(self) -> bool:
        """Say whether anything changes."""
        return bool(self._changes)

    def top(self, key: str, value: str) -> None:
        """Set a key above the tables."""
        span = self._document.span((key,))
        if span:
            self._changes.append((*span, value))
        else:
            self._insert_behind(("invariant",), f"{key} = {value}\n")

    def expect(self, step: str, value: str) -> None:
        """Set the expectation of a step.

        Raises:
            ProofFileError: it is written in a form that cannot be edited in place.
        """
        span = self._document.span(("expect", step))
        table = self._document.span(("expect",), key=True)
        dotted = table is not None and not self._document.source.text[: table[0]].rstrip(" \t").endswith("[")
        if span:
            self._changes.append((*span, value))
        elif dotted or self._document.span(("expect", step), key=True):
            raise self._document.at(
                ("expect", step),
                f"got step {step!r} in a form that proofs.record does not edit; expected {step} = {value}"
                " below [expect];"
                " write that by hand",
                key=True,
            )
        elif table:
            self._insert_behind(("expect",), f"{step} = {value}\n", key=True)
        else:
            end = len(self._document.source.text)
            self._changes.append((end, end, f"\n[expect]\n{step} = {value}\n"))

    def text(self) -> str:
        """Return the changed text."""
        text = self._document.source.text
        for start, end, value in sorted(self._changes, reverse=True):
            text = text[:start] + value + text[end:]
        return text

    def _insert_behind(self, path: tuple[str], line: str, *, key: bool = False) -> None:
        span = self._document.span(path, key=key)
        assert span is not None
        text = self._document.source.text
        end = text.find("\n", span[1])
        position = len(text) if end < 0 else end + 1
        self._changes.append((position, position, line if end >= 0 else f"\n{line}"))
