"""What can go wrong with the stack, each as one sentence that says what to do about it."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED_BYTES = 2 * 1024**3
"""Kafka's and PostgreSQL's own files take 150 MB; the rest is room for what is written into them."""


class StackError(Exception):
    """The stack, or a part of it, cannot run here and now."""


class PortTakenError(StackError):
    """A port was free when it was chosen and is not any more."""


def check_space(folder: Path) -> None:
    """Raise StackError where fewer than NEEDED_BYTES are free."""
    if (free := shutil.disk_usage(folder).free) < NEEDED_BYTES:
        raise StackError(
            f"only {free // 1024**2} MB are free on the disk of {folder}, and {NEEDED_BYTES // 1024**3} GB are needed: "
            "free some space, or choose another folder (TMPDIR names the one for temporary files)"
        )


def full_disk(folder: Path) -> StackError:
    return StackError(f"the disk of {folder} is full: free some space (2 GB are needed), then start again")


@contextmanager
def explained(doing: str, folder: Path) -> Iterator[None]:
    """Turn an OSError of the block into a StackError: 'could not <doing>: ...'."""
    try:
        yield
    except OSError as error:
        # shutil gathers the errors of several files in the text of one.
        if error.errno in {errno.ENOSPC, errno.EDQUOT} or os.strerror(errno.ENOSPC) in str(error):
            raise full_disk(folder) from error
        raise StackError(f"could not {doing}: {error.strerror or error} ({error.filename or folder})") from error
