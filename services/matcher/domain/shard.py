"""How the subscriptions are divided: a shard and its consumer group, and where the postings of another division begin.

Subscriptions are divided by subscriber, as the partitions of their topic are. Each shard's group sees every posting.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.topics import MATCHER_POSTINGS

Offsets = Mapping[int, int]
"""By partition of `postings`: everything before it was compared."""
_GROUP: Final = re.compile(rf"{MATCHER_POSTINGS}(?:-(\d+)-of-(\d+))?")


@dataclass(frozen=True, slots=True)
class Shard:
    """The shard `number`, counted from 0, where there are so many `of` them."""

    number: int = 0
    of: int = 1

    def __str__(self) -> str:
        return f"shard {self.number} of {self.of}"

    @property
    def group(self) -> str:
        """Its consumer group, which its replicas share."""
        return MATCHER_POSTINGS if self.of == 1 else f"{MATCHER_POSTINGS}-{self.number}-of-{self.of}"

    def holds(self, partition: int) -> bool:
        """Whether a partition of `subscriptions` is one of its own."""
        return partition % self.of == self.number


def shard_of(group: str) -> Shard | None:
    """The shard whose group this is; None where it is nobody's."""
    found = _GROUP.fullmatch(group)
    if found is None:
        return None
    shard = Shard() if found[1] is None else Shard(int(found[1]), int(found[2]))
    return shard if shard.number < shard.of and shard.group == group else None


def shards(of: int) -> tuple[Shard, ...]:
    """All of them, where there are so many."""
    return tuple(Shard(number, of) for number in range(of))


def begin(shard: Shard, committed: Mapping[Shard, Offsets], starts: Offsets) -> dict[int, int]:
    """By partition, before which offset every subscription of this shard has met everything.

    A division has compared what the slowest of its groups has. Of several the farthest holds, since each began where all before
    it had been compared: one that was left long ago, or of which Kafka has forgotten a group, moves nothing back.
    """
    before = [compared(of, committed, starts) for of in {other.of for other in committed} - {shard.of}]
    known = [starts, committed.get(shard, {}), *before]
    return {number: max(offsets.get(number, start) for offsets in known) for number, start in starts.items()}


def farthest(committed: Mapping[Shard, Offsets], *, but: int) -> list[int]:
    """The divisions that ran last, other than one: no other has compared all that they have, and more."""
    partitions = {number for offsets in committed.values() for number in offsets}
    reached = {of: compared(of, committed, partitions) for of in {shard.of for shard in committed}}
    others = reached.keys() - {but}
    return sorted(of for of in others if not any(_is_behind(reached[of], reached[other]) for other in others))


def _is_behind(one: Offsets, other: Offsets) -> bool:
    return one != other and all(offset <= other[number] for number, offset in one.items())


def compared(of: int, committed: Mapping[Shard, Offsets], partitions: Iterable[int]) -> dict[int, int]:
    """What all groups of a division have compared; 0 where one of them has compared nothing."""
    every: Collection[Offsets] = [committed.get(shard, {}) for shard in shards(of)]
    return {number: min(offsets.get(number, 0) for offsets in every) for number in partitions}
