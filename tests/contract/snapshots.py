"""`schemas/snapshots/`: the JSON Schema of every contract as it was released, and the command that writes what is new.

    python -m tests.contract.snapshots

It writes snapshots of new contracts and of compatible changes, and refuses to write over one that the code would break.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.contract.compatibility import Comparison
from tests.contract.contracts import TOPICS, contracts, event_name

FOLDER: Final = Path(__file__).parents[2] / "schemas" / "snapshots"
EXAMPLES: Final = FOLDER / "examples"
TYPES: Final = "topics"
"""The snapshot that lists which events each topic carries."""
ADVICE: Final = """
Within a major version only a new field with a default is compatible (see tests/contract/compatibility.py). Either
- keep the old field and add another beside it with a default, or
- raise `version` of the event, teach every reader both versions, deploy the readers, and only then let the writer write it.
Nothing released has it yet? Then delete its file in schemas/snapshots and write it anew: python -m tests.contract.snapshots"""
REWRITE: Final = "The change is compatible. Write it down: python -m tests.contract.snapshots"


def present() -> dict[str, Mapping[str, Any]]:
    """Every contract as the code has it: snapshot's name to JSON Schema."""
    schemas: dict[str, Mapping[str, Any]] = {name: contract.model_json_schema() for name, contract, _ in contracts()}
    return schemas | {TYPES: _types()}


def released(name: str) -> Mapping[str, Any] | None:
    """The snapshot of that name, None where there is none."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    schema: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return schema


def breaks(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of `old` the code would break, in sentences that begin with the contract's name."""
    return [f"{name}: {sentence}" for sentence in Comparison(old, new).breaks()]


def write() -> list[str]:
    """Write what is new or changed compatibly. Returns what may not be written."""
    refused = []
    for name, schema in present().items():
        old = released(name)
        if old is not None and (broken := breaks(name, old, schema)):
            refused += broken
        elif old != schema:
            (FOLDER / f"{name}.json").write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", "utf-8")
            print(f"written: {name}")
    return refused


def _types() -> dict[str, Any]:
    """Which events each topic carries, as a schema: an event that a reader does not know is one that it refuses."""
    return {"properties": {topic: {"enum": sorted(map(event_name, value.events))} for topic, value in TOPICS.items()}}


if __name__ == "__main__":
    if refused := write():
        sys.exit("\n".join([*refused, ADVICE]))
