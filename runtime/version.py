"""Which software this is, as dead letters tell it: two processes say the same only where they run the same code."""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Final

_TREE: Final = Path(__file__).parent.parent
_CODE: Final = ("runtime", "schemas", "services")


@cache
def software() -> str:
    """`JOBALERTS_VERSION`, which whoever builds an image sets; else `sources-` and a digest of the code that runs.

    The number in pyproject.toml was refused: it stays over many changes, and a mended version must be told from a broken one.
    """
    return os.environ.get("JOBALERTS_VERSION") or f"sources-{_digest()}"


def _digest() -> str:
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((_TREE / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
