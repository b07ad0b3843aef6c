"""Lucene Monitor doing the index's job: a folder with JAW-1 enters, a Java process of its own answers, ids and times leave."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figure import Say
from benchmarks.matching.java import NoJavaError, compiled
from benchmarks.matching.referee import Ids
from benchmarks.matching.run import Run, ascending

SOURCE: Final = Path(__file__).with_name("LuceneMonitor.java")
LIBRARY: Final = "org.apache.lucene:lucene-monitor"
VERSIONS: Final = {21: "10.3.0", 11: "9.11.1"}
MEMORY: Final = "-Xmx6g"


def run_lucene(folder: Path, filters: int, postings: int, warm_up: int, say: Say) -> Run:
    """The first `postings` of the folder are measured; the `warm_up` after them come before. NoJavaError without a JDK."""
    with TemporaryDirectory(prefix="jobalerts-lucene-") as scratch:
        java, answers = compiled(SOURCE, LIBRARY, VERSIONS, Path(scratch)), Path(scratch, "answers")
        numbers = map(str, (filters, postings, warm_up))
        command = [*java[:1], MEMORY, "-XX:+UseParallelGC", *java[1:], SOURCE.stem, str(folder), *numbers, str(answers)]
        *_, seconds = _told(command, Path(scratch, "errors"), say)
        found = [_answer(line) for line in answers.read_text("utf-8").splitlines()]
    return Run(timedelta(seconds=float(seconds)), [taken for taken, _ in found], [ids for _, ids in found])


def _told(command: list[str], log: Path, say: Say) -> Iterator[str]:
    """The lines it prints; those that are sentences are said. It ends with this, however this ends."""
    with log.open("w") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        assert process.stdout is not None
        try:
            for line in map(str.strip, process.stdout):
                if " " in line:
                    say(line)
                yield line
            process.wait()
        finally:
            process.kill()
    if process.returncode:
        raise NoJavaError(f"Lucene Monitor failed: {log.read_text('utf-8').strip()[-1000:]}")


def _answer(line: str) -> tuple[int, Ids]:
    taken, ids = line.split("\t")
    return int(taken), ascending(map(int, ids.split()))
