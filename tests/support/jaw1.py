"""A small JAW-1, written by the script of `../shared/bench` that defines it."""

import os
from pathlib import Path

import pytest

from benchmarks.matching import workload


def write(folder: Path, filters: int, postings: int) -> Path:
    """The folder with its files; skipped where the script is absent, which under CI is a failure."""
    if not workload.SCRIPT.exists():
        if os.environ.get("CI"):
            pytest.fail("../shared/bench is absent, and CI must have it")
        pytest.skip("../shared/bench/jaw1.py is absent: this test wants the workload that it writes")
    workload.write(folder, filters, postings)
    return folder
