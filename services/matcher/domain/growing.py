"""Arrays that grow."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)


def grown(array: NDArray[S], size: int, fill: int = 0) -> NDArray[S]:
    """The array, or a copy twice as long where it has fewer than `size` items. Memory that was never written takes no room."""
    if size <= len(array):
        return array
    length = max(size, 2 * len(array))
    larger = np.zeros(length, array.dtype) if fill == 0 else np.full(length, fill, array.dtype)
    larger[: len(array)] = array
    return larger
