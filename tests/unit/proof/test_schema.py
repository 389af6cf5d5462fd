"""The published JSON Schema is the shape that manifests are checked by."""

import json
from pathlib import Path
from typing import Any

from leaseproof.proof import schema

PUBLISHED = Path(__file__).parents[3] / "docs" / schema.SCHEMA_ID


def nodes(node: Any) -> list[dict[str, Any]]:
    """Return every schema node below one."""
    if isinstance(node, list):
        return [found for each in node for found in nodes(each)]
    if not isinstance(node, dict):
        return []
    found = [found for key, each in node.items() if key != "enum" for found in nodes(each)]
    return [node, *found] if "type" in node and isinstance(node["type"], str) else found


def test_published_schema_is_the_one_that_is_checked() -> None:
    """docs/proof-manifest.schema.json equals the schema in the code, byte for byte."""
    assert PUBLISHED.read_text() == schema.to_json(), (
        "write it anew: python -m leaseproof.proof.schema > docs/..."
    )


def test_every_key_is_described() -> None:
    """An editor has words to show for every key."""
    described = [
        (key, "description" in node)
        for table in nodes(schema.MANIFEST)
        for key, node in table.get("properties", {}).items()
    ]
    assert [key for key, there in described if not there] == []
    assert len(described) > 25


def test_schema_uses_only_what_the_loader_understands() -> None:
    """A keyword that the loader does not check would let an editor refuse what the gate accepts."""
    understood = {
        "$schema", "$id", "title", "description", "type", "default", "properties", "additionalProperties",
        "propertyNames", "required", "items", "anyOf", "enum", "pattern", "minimum", "minLength", "minItems",
        "minProperties", "uniqueItems",
    }  # fmt: skip
    assert {key for node in nodes(json.loads(schema.to_json())) for key in node} <= understood
