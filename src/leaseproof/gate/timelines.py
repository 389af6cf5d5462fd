"""A proof's schedule as a drawing for the page, from the plain values that the record keeps."""

from collections.abc import Mapping
from typing import Any

from leaseproof.proof.outcome import ProofResult
from leaseproof.proof.svg import draw_svg


def draw(proof: Mapping[str, Any], schedule: Mapping[str, Any]) -> str:
    """Return one schedule of a proof as an ``<svg>`` element."""
    result = ProofResult.from_json({**proof, "schedules": [schedule]})
    return draw_svg(result.schedules[0], title=f"{result.id}: {', '.join(result.schedules[0].order)}")
