"""The last run's record, kept so that the bundle can be made again without running anything."""

import json
import os
import tempfile
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.record import FORMAT, Record

FILE = Path(".leaseproof/last-run.json")


def save(record: Record, root: Path) -> None:
    """Keep a record, readable by this user alone.

    Raises:
        LeaseproofError: the file cannot be written.
    """
    path = root / FILE
    try:
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".last-run.", delete=False
        ) as file:
            json.dump({"format": FORMAT, "record": record.to_json()}, file)
        os.replace(file.name, path)
    except OSError as error:
        raise LeaseproofError(
            f"got {error.strerror} at {path}; expected a place that can be written; free it and run again"
        ) from None


def load(root: Path) -> Record:
    """Return the last run's record.

    Raises:
        LeaseproofError: there is none that this version can read.
    """
    path = root / FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']}")
        return Record.from_json(value["record"])
    except OSError:
        raise LeaseproofError(
            "got no results of an earlier run; expected those of the last gate; run ./scripts/invoke ci"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise LeaseproofError(
            f"got results in {FILE} that cannot be read ({error}); expected those of the last gate; run"
            " ./scripts/invoke ci"
        ) from None
