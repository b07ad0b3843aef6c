"""Sets bad records aside, each once however often its batch is read again, and not without end.

**The row.** Each dead letter lengthens it by one, ten good records shorten it by one; at the ceiling nothing more is set aside:
the consumer stops and says so. Refused: to count letters without one good record between them. A version that cannot take
every second record, or every change, would then drain its half of a topic. Good records count once their batch is done with:
one that is read again and again does not pay each time. While the consumer is stopped nothing shortens the row.

**A restart** begins no new row, or a process that crashes over and over would set aside a ceiling's worth each time. With its
first letter a process reads how long the row was from the last one on the topic, less what it has handled well since it
started. A letter of another version does not count: a mended version is what was waited for. Of replicas each has a row of
its own, and one that starts continues whichever wrote last; a bad version sets aside a ceiling's worth for each at most.

**It goes on** when the record at which it stopped passes, when another version is deployed, or when somebody has replayed or
dropped a letter of the group since it stopped: then they know, and want to go on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from runtime import logs
from runtime.dead_letters import DeadLetters
from runtime.errors import Transient
from runtime.failpoint import failpoint
from runtime.letters import Record

_GOOD: Final = 10
"""Good records that weigh as much as one dead letter: up to one record in eleven may be bad for ever."""
log = logs.get("runtime.ceiling")


class TooManyDeadLetters(Transient):
    """Too many records are refused: the fault is probably ours, so nothing more is set aside."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Where a consumer stopped, and what it says of it."""

    offset: int
    words: str


class Ceiling:
    """The dead letters of one consumer, with an end."""

    def __init__(self, dead_letters: DeadLetters, *, group: str, limit: int) -> None:
        self._dead_letters = dead_letters
        self._group = group
        self._limit = limit
        # Less than nothing until the first letter: what this process has handled well by then counts against what it finds.
        self._row = 0.0
        self._end: int | None = None
        self._aside: set[tuple[int, int]] = set()
        self._halts: dict[int, Halt] = {}  # by partition

    def halted(self, held: Collection[int]) -> str | None:
        """What there is to say where it has stopped in one of the partitions that it holds."""
        return next((halt.words for partition, halt in self._halts.items() if partition in held), None)

    async def set_aside(self, record: Record, error: Exception, *, attempts: int) -> None:
        """Publish to the dead letters, or raise `TooManyDeadLetters`."""
        if _place(record) in self._aside:
            return
        if self._end is None:
            look = await self._dead_letters.look()
            self._row, self._end = max(0.0, self._row + look.row), look.end
        if self._row >= self._limit and not await self._somebody_knows():
            raise self._halt(record, error) from error
        await self._dead_letters.publish(record, error, attempts=attempts, row=self._row + 1)
        failpoint("dead_letter.published")
        self._row += 1
        self._aside.add(_place(record))

    def done(self, records: Iterable[Record], *, good: int, held: Collection[int]) -> None:
        """The batch of these records is done with; `good` of them were handled, the others are tombstones or set aside.

        `held`: the partitions that this consumer holds. Where it stopped in another one, that is another member's now.
        """
        for partition in self._halts.keys() - set(held):
            del self._halts[partition]
        if self._halts or self._aside:
            places = {_place(record) for record in records}
            self._aside -= places
            for partition, offset in places:
                if partition in self._halts and offset >= self._halts[partition].offset:
                    del self._halts[partition]
                    log.warning("takes up again: the record at which it stopped is done with", group=self._group)
        if not self._halts:
            self._row -= good / _GOOD
            self._row = self._row if self._end is None else max(0.0, self._row)

    async def _somebody_knows(self) -> bool:
        look = await self._dead_letters.look(self._end)
        self._end = look.end
        if not (self._halts and look.marked):  # marks from before it stopped are no answer to its stopping
            return False
        self._row = 0.0
        self._halts.clear()
        log.warning("takes up again: dead letters were replayed or dropped", group=self._group)
        return True

    def _halt(self, record: Record, error: Exception) -> TooManyDeadLetters:
        place = f"{record.topic}/{record.partition}@{record.offset}"
        words = f"stopped: {self._limit} dead letters in a row, the next would be {place}: {type(error).__name__}: {error}"[
            :400
        ]
        if not self._halts:
            log.error("stopped: deploy a mended version, or replay or drop dead letters", group=self._group, halted=words)
        self._halts.setdefault(record.partition, Halt(record.offset, words))
        return TooManyDeadLetters()


def _place(record: Record) -> tuple[int, int]:
    return record.partition, record.offset
