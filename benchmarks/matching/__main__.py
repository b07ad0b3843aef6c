"""The ids of JAW-1 in a file: `python -m benchmarks.matching --workload DIR --filters N --postings M --ids FILE`."""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.matching.engine import Engine
from benchmarks.matching.product import asked, known
from benchmarks.matching.progress import counted
from benchmarks.matching.rows import UnreadableError, check_rows, read_filters, read_postings
from benchmarks.matching.run import answered

DESCRIPTION: Final = """\
Read filters.tsv and postings.tsv of a folder that jaw1.py wrote, put the filters through the product's own filter
model into its index, and write the ids of the filters that match, one posting a line, ascending, separated by
spaces; an empty line where none does.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code is 1 where the workload cannot be read or the ids cannot be written; then it says why."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=DESCRIPTION)
    parser.add_argument("--workload", type=Path, required=True, metavar="DIR", help="the folder that jaw1.py wrote")
    parser.add_argument("--filters", type=_count, metavar="N", help="take the first N filters (default: all)")
    parser.add_argument("--postings", type=_count, metavar="M", help="take the first M postings (default: all)")
    parser.add_argument("--ids", type=Path, required=True, metavar="FILE", help="where the ids go")
    asked_for = parser.parse_args(arguments)
    try:
        _run(asked_for.workload, asked_for.filters, asked_for.postings, asked_for.ids)
    except UnreadableError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or asked_for.ids} cannot be written: {error.strerror}", file=sys.stderr)
    else:
        return 0
    return 1


def _run(folder: Path, filters: int | None, postings: int | None, ids: Path) -> None:
    started = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {sentence}", flush=True)

    check_rows(folder, filters, postings)
    with ids.open("w", encoding="utf-8") as out:  # before the work: nobody wants to learn after it that this cannot be
        engine = Engine(map(asked, counted(read_filters(folder, filters), "filters are in the index", say)))
        say("all filters are in the index")
        matches, nanoseconds = 0, []
        rows = counted(read_postings(folder, postings), "postings are matched", say)
        for taken, found in answered(engine.matching, map(known, rows)):
            out.write(f"{' '.join(map(str, found.tolist()))}\n")
            nanoseconds.append(taken)
            matches += len(found)
    if nanoseconds:
        say(f"{matches:,} matches of {len(nanoseconds):,} postings, p50 {statistics.median(nanoseconds) / 1e6:.3f} ms")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
