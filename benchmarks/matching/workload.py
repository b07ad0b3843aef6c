"""JAW-1 as files: how many filters and postings enter, a folder with them leaves, written by the script that defines it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figure import Say
from benchmarks.matching.rows import UnreadableError

SCRIPT: Final = Path(__file__).parents[3] / "shared" / "bench" / "jaw1.py"


@contextmanager
def jaw1(filters: int, postings: int, say: Say) -> Iterator[Path]:
    """A folder with so many of both, which goes when the block is left; UnreadableError where the script is absent."""
    with TemporaryDirectory(prefix="jobalerts-jaw1-") as folder:
        say(f"writing JAW-1: {filters:,} filters, {postings:,} postings")
        write(Path(folder), filters, postings)
        yield Path(folder)


def write(folder: Path, filters: int, postings: int) -> None:
    """The same for the same numbers."""
    if not SCRIPT.exists():
        raise UnreadableError("../shared/bench/jaw1.py is absent: it writes the workload JAW-1")
    subprocess.run([sys.executable, SCRIPT, str(filters), str(postings), folder], check=True)
