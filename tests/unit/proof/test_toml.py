"""The places of keys and values in TOML text of every form."""

import pytest

from leaseproof.proof.source import Source
from leaseproof.proof.toml import Document, Path

TEXT = '''# a = 0
a = 1 # x = ]
"b c" = "]"   # quoted
d.e . 'f' = { g = [1, { h = 2 }], "i" = """
] x = 3 "quoted" """, j = \'\'\'
}\'\'\' }
k = [ # first
  [ 1, 2 ], # ]
  [ 3 ],
]

[m]
n = 1979-05-27 07:32:00
[m.o]
p = 'q'
[[r]]
s = 1
[[r]]
s = 2
[r.t]
u = 3
[[r.v]]
w = 4
'''


def caret(path: Path, *, key: bool = False) -> str:
    """Return the text that an error at a path points at."""
    error = Document(Source("f", TEXT)).at(path, "m", key=key)
    line, mark = str(error).split("\n")[1:]
    start = mark.index("^")
    return line[start : start + mark.count("^")]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("a",), "1", "a"),
        (("b c",), '"]"', '"b c"'),
        (("d", "e", "f", "g", 0), "1", "g"),
        (("d", "e", "f", "g", 1, "h"), "2", "h"),
        (("d", "e", "f", "i"), '"""', '"i"'),
        (("d", "e", "f", "j"), "'''", "j"),
        (("k", 0), "[ 1, 2 ]", "k"),
        (("k", 1, 0), "3", "k"),
        (("m", "n"), "1979-05-27 07:32:00", "n"),
        (("m", "o"), "o", "o"),
        (("m", "o", "p"), "'q'", "p"),
        (("r", 1, "s"), "2", "s"),
        (("r", 1, "t", "u"), "3", "u"),
        (("r", 1, "v", 0, "w"), "4", "w"),
        (("m", "o", "missing"), "o", "o"),
    ],
)
def test_place_of_a_value_and_of_its_key(path: Path, value: str, key: str) -> None:
    """Dotted and quoted keys, nested values, multi-line strings and arrays of tables all have places."""
    assert (caret(path), caret(path, key=True)) == (value, key)


def test_places_agree_with_the_values() -> None:
    """Every leaf that tomllib reads has a place."""
    document = Document(Source("f", TEXT))

    def leaves(value: object, path: Path) -> list[Path]:
        if isinstance(value, dict):
            return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
        if isinstance(value, list):
            return [leaf for index, each in enumerate(value) for leaf in leaves(each, (*path, index))]
        return [path]

    assert [path for path in leaves(document.values, ()) if path not in document._places.values] == []
