"""TOML with the places of its keys and values, checked against a schema, so that an error can point.

``tomllib`` reads the values and refuses what is no TOML; a second walk over the same text, now known to be
valid, finds the places, which ``tomllib`` does not give.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leaseproof.proof.nearest import hint
from leaseproof.proof.source import ProofFileError, Source

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|\#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?!")|' r"'''.*?'''(?!')|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'", re.DOTALL
)
_SCALAR = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KINDS: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}
_WORDS = {
    bool: "a boolean",
    int: "an integer",
    str: "a string",
    float: "a float",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Document:
    """A TOML file's values and where they stand.

    Args:
        source: the text.
    """

    source: Source

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return what the file says.

        Raises:
            ProofFileError: it is no TOML.
        """
        try:
            return tomllib.loads(self.source.text)
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            place = _WHERE.search(message)
            message = f"got no valid TOML: {_WHERE.sub('', message)}; expected key = value; mend this line"
            if place is None or place[1] is None:
                raise self.source.error(message, len(self.source.text.rstrip())) from None
            lines = self.source.text.split("\n")
            start = sum(len(line) + 1 for line in lines[: int(place[1]) - 1])
            raise self.source.error(message, start + int(place[2]) - 1) from None

    @cached_property
    def _places(self) -> "_Places":
        return _Places(self.source.text)

    def at(self, path: Path, message: str, *, key: bool = False) -> ProofFileError:
        """Return an error that points at a value, or at its key.

        Args:
            path: of the value; the nearest place above it when the file does not have it.
            message: got, expected, next step.
            key: point at the key.
        """
        places = self._places.keys if key else {**self._places.keys, **self._places.values}
        while path and path not in places:
            path = path[:-1]
        if not path:
            return ProofFileError(message, path=self.source.path)
        start, end = places[path]
        return self.source.error(message, start, end - start)

    def span(self, path: Path, *, key: bool = False) -> tuple[int, int] | None:
        """Return where a value, or its key, begins and ends; None where the file does not have it."""
        return (self._places.keys if key else self._places.values).get(path)

    def check(self, schema: Mapping[str, Any]) -> None:
        """Hold the file to a schema of the kind that :mod:`leaseproof.proof.schema` has.

        Raises:
            ProofFileError: the first thing that differs, in file order of the tables.
        """
        self._check(self.values, schema, ())

    def _check(self, value: Any, schema: Mapping[str, Any], path: Path) -> None:
        if "anyOf" in schema:
            branch = _branch(value, schema["anyOf"])
            if branch is None:
                raise self._wrong(value, schema, path)
            schema = {**branch, "title": branch.get("title", schema.get("title"))}
        if not _is(value, schema["type"]):
            raise self._wrong(value, schema, path)
        if isinstance(value, dict):
            self._check_table(value, schema, path)
        elif isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                raise self.at(
                    path,
                    f"got an empty list; expected {schema['title']} with at least one; write it or leave"
                    " the key out",
                )
            for index, item in enumerate(value):
                if schema.get("uniqueItems") and item in value[:index]:
                    raise self.at((*path, index), f"got {item!r} twice; expected each once; remove one")
                self._check(item, schema["items"], (*path, index))
        elif (
            ("enum" in schema and value not in schema["enum"])
            or ("pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value))
            or ("minimum" in schema and value < schema["minimum"])
            or len(str(value)) < schema.get("minLength", 0)
        ):
            raise self._wrong(value, schema, path)

    def _check_table(self, table: Mapping[str, Any], schema: Mapping[str, Any], path: Path) -> None:
        known = schema.get("properties", {})
        other = schema.get("additionalProperties", False)
        names = schema.get("propertyNames")
        if len(table) < schema.get("minProperties", 0):
            raise self.at(
                path, f"got an empty table; expected {schema['title']} with at least one line; write it"
            )
        for key, value in table.items():
            if key not in known and other is False:
                where = f" in [{_dotted(path)}]" if path else ""
                raise self.at(
                    (*path, key),
                    f"got unknown key {key!r}{where}; expected one of {', '.join(known)}{hint(key, known)}",
                    key=True,
                )
            if names and not re.search(names["pattern"].replace("$", r"\Z"), key):
                raise self.at((*path, key), f"got {key!r}; expected {names['title']}; rename it", key=True)
            self._check(value, known.get(key, other), (*path, key))
        for key in schema.get("required", ()):
            if key not in table:
                title = known[key]["title"]
                where = f"in [{_dotted(path)}]" if path else "in this manifest"
                raise self.at(path, f"got no {key!r} {where}; expected {title}; add {key}")

    def _wrong(self, value: Any, schema: Mapping[str, Any], path: Path) -> ProofFileError:
        words = (
            f"{_WORDS.get(type(value), 'a date')}" if isinstance(value, (dict, list)) else f"{_shown(value)}"
        )
        kinds = {schema.get("type")} | {each.get("type") for each in schema.get("anyOf", ())} - {None}
        if not any(_is(value, kind) for kind in kinds if kind) and not isinstance(value, (dict, list)):
            words = f"{_WORDS.get(type(value), 'a date')}, {words},"
        choices = hint(value, schema["enum"]) if "enum" in schema and isinstance(value, str) else ""
        title = schema.get("title") or _WORDS[_KINDS[schema["type"]]]
        return self.at(path, f"got {words} for {_dotted(path)}; expected {title}{choices}")


def _branch(value: Any, branches: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the alternative that a value is most likely meant to be."""
    fitting = [each for each in branches if _is(value, each["type"])]
    if len(fitting) > 1 and isinstance(value, list):
        inner = [each for each in fitting if value and _is(value[0], each["items"]["type"])]
        return (inner or fitting[-1:])[0]
    return fitting[0] if fitting else None


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and not (kind == "integer" and isinstance(value, bool))


def _dotted(path: Path) -> str:
    words = ""
    for each in path:
        words += f"[{each}]" if isinstance(each, int) else f".{each}" if words else each
    return words


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Places:
    """Where each key and each value of a valid TOML text stands, by path."""

    def __init__(self, text: str) -> None:
        self.keys: dict[Path, tuple[int, int]] = {}
        self.values: dict[Path, tuple[int, int]] = {}
        self._text = text
        self._lengths: dict[Path, int] = {}  # of arrays of tables
        position, table = _match(_BLANK, text, 0), ()
        while position < len(text):
            if text[position] == "[":
                table, position = self._header(position)
            else:
                position = self._pair(table, position)
            position = _match(_BLANK, text, position)

    def _header(self, position: int) -> tuple[Path, int]:
        brackets = 2 if self._text.startswith("[[", position) else 1
        path: Path = ()
        names, end = self._key(position + brackets)
        for index, (name, start, stop) in enumerate(names):
            path = (*path, name)
            last = index == len(names) - 1
            if brackets == 2 and last:
                self.keys.setdefault(path, (start, stop))
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
            if last or path not in self.keys:
                self.keys[path] = (start, stop)
        return path, end + brackets

    def _pair(self, table: Path, position: int) -> int:
        names, end = self._key(position)
        path = table
        for name, start, stop in names:
            path = (*path, name)
            self.keys.setdefault(path, (start, stop))
        start = _match(_SPACE, self._text, end + 1)
        return self._value(path, start)

    def _key(self, position: int) -> tuple[list[tuple[str, int, int]], int]:
        """Return the parts of a dotted key with their places, and the offset of the = or ] behind them."""
        names = []
        while True:
            position = _match(_SPACE, self._text, position)
            end = _match(_KEY, self._text, position)
            raw = self._text[position:end]
            name = next(iter(tomllib.loads(f"{raw}=0"))) if raw[:1] in "\"'" else raw
            names.append((name, position, end))
            position = _match(_SPACE, self._text, end)
            if self._text[position : position + 1] != ".":
                return names, position
            position += 1

    def _value(self, path: Path, start: int) -> int:
        opening = self._text[start : start + 1]
        if opening == "[":
            end = self._items(start, lambda index, at: self._value((*path, index), at), "]")
        elif opening == "{":
            end = self._items(start, lambda _, at: self._pair(path, at), "}")
        else:
            end = _match(_STRING if opening in "\"'" else _SCALAR, self._text, start)
        self.values[path] = (start, end)
        return end

    def _items(self, start: int, read: Any, closing: str) -> int:
        position = _match(_BLANK, self._text, start + 1)
        index = 0
        while self._text[position] != closing:
            position = _match(_BLANK, self._text, read(index, position))
            index += 1
            if self._text[position] == ",":
                position = _match(_BLANK, self._text, position + 1)
        return position + 1


def _match(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    assert found is not None, f"valid TOML was not understood at offset {position}"
    return found.end()
