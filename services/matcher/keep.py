"""Keeps what the matcher knows in a file: written from time to time and at an orderly end, read at a start or refused in words.

The file is replaced as a whole: a death at any moment leaves the one before. Where it cannot be written, matching goes on.

Who starts from it takes what it holds for dealt with. So it is of a moment at which nothing was owed: while filters have yet to
be given what they missed nothing is written, at an orderly end neither, and the file before stays, whose older offsets let them
come again. And a process that refused a record of the topic writes none at all: its offsets would keep the record from a mended
version, which can take it in.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from runtime import logs, telemetry
from runtime.failpoint import failpoint
from runtime.source import Source
from schemas.topics import SUBSCRIPTIONS
from services.matcher import metrics
from services.matcher.match import Matcher
from services.matcher.snapshot import Refused, Snapshot, decode, encode

_OLDEST: Final = timedelta(milliseconds=int(SUBSCRIPTIONS.config["delete.retention.ms"]))
_BREATH: Final = 0.0002
"""Seconds for which the writing thread lets go of the interpreter after each piece: matching waits for one piece at most."""
log = logs.get("matcher.keep")


class Keeper:
    """One file of one process. `resume` and `offsets` are the two ends of the reader's side."""

    def __init__(self, path: Path, matcher: Matcher, *, offsets: Callable[[], Mapping[int, int]], every: float) -> None:
        """`offsets()`: by partition, before what everything has been applied. `every`: seconds between two snapshots."""
        self.origin = "from the topic"
        """Where what is known comes from, in words."""
        self._path = path
        self._matcher = matcher
        self._offsets = offsets
        self._every = every
        self._source: Source | None = None
        self._kept: Mapping[int, int] = {}
        self._hindrance = ""
        self._writing = asyncio.Lock()

    async def resume(self, source: Source) -> Mapping[int, int]:
        """Take in the snapshot. Returns the offsets from which the topic is to be read; none where there is no good one."""
        self._source = source
        try:
            snapshot = await asyncio.to_thread(self._read, source)
            self._matcher.restore(snapshot)
        except FileNotFoundError:
            log.info("no snapshot yet, the topic is read whole", path=str(self._path))
            return {}
        except Exception as error:  # noqa: BLE001 -- a state that cannot be filed would end this start and all after it
            code, why = error.code if isinstance(error, Refused) else "unreadable", str(error) or repr(error)
            self.origin = f"from the topic, the snapshot is refused: {why}"
            metrics.snapshot_refused.labels(code).inc()
            log.warning("snapshot refused, the topic is read whole", path=str(self._path), code=code, why=why)
            return {}
        self.origin = f"from the snapshot of {snapshot.header.written_at.isoformat(timespec='seconds')}"
        self._kept = snapshot.header.offsets
        log.info("snapshot taken in", states=snapshot.header.rows, written_at=snapshot.header.written_at.isoformat())
        return snapshot.header.offsets

    async def run(self) -> None:
        """Write from time to time, until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            await asyncio.shield(self.write())  # a thread cannot be cancelled: `write` at the end waits for this one

    async def write(self) -> None:
        """Write what is known now, where anything came since the last time and nothing stands against it."""
        async with self._writing:
            # Nothing is awaited from here to the copy that `encode` makes: all it holds is of one moment.
            offsets = dict(self._offsets())
            if self._source is None or offsets == self._kept or self._is_hindered(self._source):
                return
            started, now = time.perf_counter(), datetime.now(UTC)
            self._matcher.known.forget_ended(ended_before=now - _OLDEST)
            pieces = encode(self._matcher.known, self._matcher.late, source=self._source, offsets=offsets, now=now)
            known = self._matcher.known
            known.is_read = True
            try:
                await asyncio.to_thread(_replace, self._path, pieces)
            except OSError as error:
                metrics.snapshot_failures.inc()
                log.error("snapshot not written, the next start reads more of the topic", error=str(error))
                return
            finally:
                known.is_read = False
            self._kept = offsets
            metrics.snapshot_seconds.set(time.perf_counter() - started)
            metrics.snapshot_written.set_to_current_time()

    def _is_hindered(self, source: Source) -> bool:
        """Whether something stands against writing. It is logged when it begins."""
        before, self._hindrance = self._hindrance, ""
        if _refused(source.topic):
            self._hindrance = "records of the topic were refused, and a mended version has to read them again"
        elif self._matcher.owes:
            self._hindrance = "filters have yet to be given what they missed"
        if self._hindrance not in ("", before):
            log.warning("no snapshot is written, the one before stays", path=str(self._path), why=self._hindrance)
        return bool(self._hindrance)

    def _read(self, source: Source) -> Snapshot:
        return decode(self._path.read_bytes(), source, datetime.now(UTC), oldest=_OLDEST)


def _refused(topic: str) -> float:
    """How many records of the topic this process could not decode or take in: `runtime.reader` counts both."""
    samples = (sample for metric in telemetry.refused.collect() for sample in metric.samples)
    return sum(one.value for one in samples if one.name.endswith("_total") and one.labels["topic"] == topic)


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Write beside the file, make it durable, and put it in its place."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            time.sleep(_BREATH)
        file.flush()
        os.fsync(file.fileno())
    failpoint("matcher.snapshot.written")
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or a power cut could bring the one before back: older, and as good
    finally:
        os.close(folder)
