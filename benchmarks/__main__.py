"""Runs benchmarks and prints their figures: `python -m benchmarks [--only PREFIX] [--json PATH]`."""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks import intake, ledger, matching, meaning, preview, relay, walk
from benchmarks.figure import Benchmark, Figure, machine

BENCHMARKS: dict[str, Benchmark] = {
    "intake": intake.measure,
    "meaning": meaning.measure,
    "matching": matching.measure,
    "walk": walk.measure,
    "relay": relay.measure,
    "ledger": ledger.measure,
    "preview": preview.measure,
}


def main() -> int:
    """Run what was asked for; the exit code is 1 when a name fits nothing."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, on real parts, on this machine.")
    parser.add_argument("--only", default="", metavar="PREFIX", help=f"run those that begin so: {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write {name: {value, unit, goal}} and the machine there")
    arguments = parser.parse_args()
    chosen = {name: run for name, run in BENCHMARKS.items() if name.startswith(arguments.only)}
    if not chosen:
        print(f"no benchmark begins with {arguments.only!r}; there are {', '.join(BENCHMARKS)}")
        return 1
    started = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {sentence}", flush=True)

    print(f"on {machine()}")
    figures: list[Figure] = []
    for run in chosen.values():
        for figure in run(say):
            figures.append(figure)
            goal = f"   (goal {figure.goal})" if figure.goal else ""
            print(f"           {figure.name:<46} {_shown(figure.value):>12} {figure.unit}{goal}", flush=True)
    if arguments.json:
        written = {one.name: {"value": one.value, "unit": one.unit, "goal": one.goal} for one in figures}
        arguments.json.write_text(json.dumps({"machine": machine(), "figures": written}, indent=2) + "\n", "utf-8")
    return 0


def _shown(value: float) -> str:
    """With digits that say something: 0.06 ms is not 0.1."""
    return f"{value:,.3f}" if 0 < abs(value) < 10 else f"{value:,.1f}"


if __name__ == "__main__":
    sys.exit(main())
