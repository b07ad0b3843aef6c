"""A file that gets one JSON line for each thing accepted, before the sender is told so: a count that survives the process."""

import json
import os
from collections.abc import Mapping
from pathlib import Path


class Journal:
    """Appends to `file`; without one it forgets. Lines survive the process being killed, not the machine losing power."""

    def __init__(self, file: Path | None) -> None:
        self._descriptor = None if file is None else os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, entry: Mapping[str, object]) -> None:
        if self._descriptor is not None:
            os.write(self._descriptor, json.dumps(entry).encode() + b"\n")
