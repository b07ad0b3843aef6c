"""What a process of the stack is given of its owner's environment: little, so that it behaves alike everywhere."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def inherited() -> dict[str, str]:
    """Return PATH, HOME and LANG as they are, and a PYTHONPATH from which this checkout can be imported."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return env | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
