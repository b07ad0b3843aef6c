"""The compiled inner loops of the index (numba): terms found in a text, filters filed, a posting matched.

They are compiled once for a version of these files and a kind of processor, and kept in `__pycache__` beside them: to read
them takes a fraction of a second, to compile them half a minute. `python -m services.matcher compile` does it ahead.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core.caching import InTreeCacheLocator

F = TypeVar("F", bound=Callable[..., Any])
_HERE: Final = Path(__file__).parent


@cache
def _stamp() -> bytes:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))).digest()


class KernelCache(InTreeCacheLocator):
    """Where numba keeps what it compiled. Unlike its own: a change of one file counts for all, as they call each other; and the
    folder need not be writable where it was filled before, as in an image.
    """

    def ensure_cache_path(self) -> None:
        """Raises `OSError` where nothing is there and nothing can be written."""
        if not any(Path(self.get_cache_path()).glob("*.nbi")):
            super().ensure_cache_path()

    def get_source_stamp(self) -> bytes:
        return _stamp()


numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{KernelCache.__name__}"
_compile: Final = numba.njit(cache=True, nogil=True)


def kernel(function: F) -> F:
    """Compile at the first call, for the types it is called with. It lets go of the interpreter's lock while it runs."""
    compiled = _compile(function)
    compiled._cache.save_overload = partial(_save, compiled._cache.save_overload)  # noqa: SLF001 -- there is no other way
    return cast("F", compiled)


def _save(save: Callable[..., None], *what: Any) -> None:
    """Where the folder cannot be written, as in an image, it was compiled for this process alone."""
    with suppress(OSError):
        save(*what)
