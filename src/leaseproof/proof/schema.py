"""The shape of a proof's manifest, said once: editors read it as JSON Schema, :mod:`manifest` checks by it.

In each node ``title`` is what an error says was expected, ``description`` what an editor shows.
``docs/proof-manifest.schema.json`` is :func:`to_json` of this module.
"""

import json
from typing import Any

from leaseproof.database.roles import ROLE_NAMES

Schema = dict[str, Any]

SCHEMA_ID = "proof-manifest.schema.json"
STEP_NAME = r"^[a-z][a-z0-9_]*$"
DEFAULT_TIMEOUT_MS = 10_000
DEFAULT_MAX_SCHEDULES = 100
DEFAULT_SEED = 1

_STEP: Schema = {
    "type": "string",
    "pattern": STEP_NAME,
    "title": "the name of a step: lower-case letters, digits and _, a letter first",
}
_SQLSTATE: Schema = {
    "type": "string",
    "pattern": "^[0-9A-Z]{5}$",
    "title": 'a SQLSTATE: five characters, digits and capital letters, as "P7002"',
}
_ORDER: Schema = {"type": "array", "items": _STEP, "minItems": 1, "title": "a list of step names"}
_CELL: Schema = {
    "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}],
    "title": 'a string, an integer, true or false; "<NULL>" is NULL, "*" any value but NULL',
}


def _text(contains: str) -> Schema:
    return {"type": "string", "minLength": 1, "title": "a text that is not empty", "description": contains}


_EXPECTATION_TABLE: Schema = {
    "type": "object",
    "title": "a table of what the step answers",
    "additionalProperties": False,
    "properties": {
        "sqlstate": {**_SQLSTATE, "description": "What the step answers; 00000 (success) when absent."},
        "constraint": _text("The constraint or unique index that refuses, whole name."),
        "message": _text("Part of the server's primary message."),
        "detail": _text("Part of the server's DETAIL."),
        "hint": _text("Part of the server's HINT."),
        "notice": _text("Part of a notice, as SEVERITY: message."),
        "rows": {
            "type": "array",
            "items": {"type": "array", "items": _CELL, "title": "a row: a list of values in column order"},
            "title": "a list of rows, each a list of values",
            "description": "Rows of the step's last statement that returned any, compared as psql shows"
            " them.",
        },
        "row_count": {
            "type": "integer",
            "minimum": 0,
            "title": "an integer from 0",
            "description": "Rows that the step's last statement returned or changed.",
        },
        "blocks": {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "array",
                    "items": {"type": "string", "title": "the name of a session"},
                    "minItems": 1,
                    "uniqueItems": True,
                    "title": "a list of session names",
                },
            ],
            "title": "true, false, or a list of sessions",
            "description": "Whether the step has to wait, or for which sessions; not judged when absent.",
        },
    },
}
_EXPECTATION: Schema = {"anyOf": [_SQLSTATE, _EXPECTATION_TABLE], "title": "a SQLSTATE or a table"}
_EXPECT: Schema = {
    "type": "object",
    "title": "a table: step = SQLSTATE, or step = { sqlstate = ..., rows = ... }",
    "additionalProperties": _EXPECTATION,
}

MANIFEST: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_ID,
    "title": "the manifest of a leaseproof proof",
    "description": "What the database must answer to the SQL file of the same name.",
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "claim", "invariant", "sessions"],
    "properties": {
        "id": {
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$",
            "title": 'an id such as "FC-05": letters, digits, _ . and -',
            "description": "Unique among all proofs.",
        },
        "claim": {
            "type": "string",
            "minLength": 1,
            "title": "the sentence that opens the SQL file",
            "description": "Equal to the SQL file's opening comment up to white space.",
        },
        "invariant": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "title": 'a name such as "fencing": lower-case letters, digits and _',
            "description": "What the proof defends; by custom the folder under proofs/.",
        },
        "covers": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "title": "the id of a case"},
            "uniqueItems": True,
            "title": "a list of case ids",
            "description": "Cases of the catalogue that this proof answers.",
        },
        "breaks": {
            "type": "array",
            "items": {
                "type": "string",
                "pattern": STEP_NAME,
                "title": "the name of a file in sql/invariants/",
            },
            "uniqueItems": True,
            "title": "a list of standing invariants",
            "description": "Standing invariants that this proof breaks on purpose.",
        },
        "accepted": {
            "type": "boolean",
            "title": "true or false",
            "description": "false: written by proofs.record and not yet read by a person; the gate is red.",
            "default": True,
        },
        "timeout_ms": {
            "type": "integer",
            "minimum": 1,
            "title": "milliseconds, an integer from 1",
            "description": "Statement timeout of each step.",
            "default": DEFAULT_TIMEOUT_MS,
        },
        "requires": {
            "type": "object",
            "title": "a table: server setting = least value",
            "description": "A server with less makes the proof not applicable.",
            "additionalProperties": {"type": "integer", "minimum": 0, "title": "an integer from 0"},
        },
        "fresh_database": {
            "type": "boolean",
            "title": "true or false",
            "description": "Never run on a database that another proof has used.",
            "default": False,
        },
        "schedule": {
            "anyOf": [
                {"type": "string", "enum": ["every"], "title": '"every"'},
                {
                    "type": "array",
                    "items": {**_ORDER, "title": "an order: a list of step names"},
                    "minItems": 1,
                },
                _ORDER,
            ],
            "title": '"every", a list of step names, or a list of such lists',
            "description": "In which order the @step steps run; as in the file when absent.",
        },
        "free_orders": {
            "type": "boolean",
            "title": "true or false",
            "description": "Written orders may leave steps out and may take a session's steps in another order"
            " than the file's; each step is in one of them.",
            "default": False,
        },
        "max_schedules": {
            "type": "integer",
            "minimum": 1,
            "title": "an integer from 1",
            "description": 'The most interleavings that "every" may mean.',
            "default": DEFAULT_MAX_SCHEDULES,
        },
        "sample": {
            "type": "integer",
            "minimum": 1,
            "title": "an integer from 1",
            "description": 'With "every": run this many interleavings, drawn by seed, instead of all.',
        },
        "seed": {
            "type": "integer",
            "minimum": 0,
            "title": "an integer from 0",
            "description": "Of the sample.",
            "default": DEFAULT_SEED,
        },
        "sessions": {
            "type": "object",
            "minProperties": 1,
            "title": "a table: session = role",
            "description": "Each session is a connection of its own.",
            "propertyNames": {
                "pattern": STEP_NAME,
                "title": "the name of a session: lower-case letters, digits and _, a letter first",
            },
            "additionalProperties": {
                "type": "string",
                "enum": list(ROLE_NAMES),
                "title": f"a role: {', '.join(ROLE_NAMES[:-1])} or {ROLE_NAMES[-1]}",
            },
        },
        "expect": {**_EXPECT, "description": "What each step answers; a step not named must succeed."},
        "outcome": {
            "type": "object",
            "title": "a table",
            "description": "What must hold over the contested steps of each schedule.",
            "additionalProperties": False,
            "properties": {
                "contest": {
                    **_ORDER,
                    "uniqueItems": True,
                    "description": "The steps that compete; the last step of each session when absent.",
                },
                "winners": {
                    "type": "integer",
                    "minimum": 0,
                    "title": "an integer from 0",
                    "description": "How many contested steps succeed in each schedule.",
                },
                "losers": {
                    "anyOf": [
                        _SQLSTATE,
                        {
                            "type": "array",
                            "items": _SQLSTATE,
                            "minItems": 1,
                            "uniqueItems": True,
                            "title": "a list",
                        },
                    ],
                    "title": "a SQLSTATE or a list of them",
                    "description": "What every other contested step answers.",
                },
                "schedules": {
                    "type": "array",
                    "title": "tables: [[outcome.schedules]]",
                    "description": "What one order answers differently.",
                    "items": {
                        "type": "object",
                        "title": "a table with order and expect",
                        "additionalProperties": False,
                        "required": ["order", "expect"],
                        "properties": {
                            "order": {**_ORDER, "description": "The order that this is about."},
                            "expect": {**_EXPECT, "description": "What its steps answer."},
                        },
                    },
                },
            },
        },
    },
}


def to_json() -> str:
    """Return the published schema, byte for byte."""
    return json.dumps(MANIFEST, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(to_json(), end="")
