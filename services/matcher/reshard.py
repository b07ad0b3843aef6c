"""Changes the number of shards so that no posting is missed and not all are compared again: the offsets of the groups that were
enter, those of the groups to come leave. And refuses to run a matcher for which that was not done.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runtime import logs
from runtime.errors import Fatal
from runtime.failpoint import failpoint
from runtime.groups import Group, find_groups, set_offsets
from runtime.reader import reading
from runtime.source import Source, find_source
from runtime.topics import check_topics
from schemas.topics import POSTINGS, SUBSCRIPTIONS
from services.matcher.domain.shard import Offsets, Shard, begin, farthest, shard_of, shards

log = logs.get("matcher.reshard")


class NotMoved(Fatal):
    """The number of shards was changed, and nobody told their groups where to begin."""


class InUse(Fatal):
    """Matchers are running."""


@dataclass(frozen=True, slots=True)
class Found:
    """The groups of all divisions that Kafka knows."""

    groups: Mapping[Shard, Group]

    @property
    def committed(self) -> dict[Shard, Offsets]:
        return {shard: group.offsets for shard, group in self.groups.items() if group.offsets}

    def others(self, of: int) -> list[int]:
        """The divisions that ran last, other than this one; empty where no other has compared anything."""
        return farthest(self.committed, but=of)

    def stays(self, begins: Mapping[Shard, Offsets], starts: Offsets) -> bool:
        """Whether each of the groups stands already where it is to begin."""
        return all(shard in self.committed and {**starts, **self.committed[shard]} == to for shard, to in begins.items())

    def in_use(self) -> list[str]:
        return [f"{shard.group} has {group.members}" for shard, group in self.groups.items() if group.members]


async def check_begun(bootstrap: str, prefix: str, shard: Shard) -> None:
    """Raise `NotMoved` where this shard's group has compared nothing, and groups of another division have.

    Where nobody has compared anything, all begin with the earliest posting, however many start at once.
    """
    found = await _find(bootstrap, prefix)
    others = found.others(shard.of)
    if others and shard not in found.committed:
        raise NotMoved(
            f"the group {shard.group} has no offsets, and matchers ran as {_former(others)} before: end all matchers, then "
            f"run `python -m services.matcher reshard --to {shard.of} --commit`"
        )
    running = [other.group for other, group in found.groups.items() if other.of != shard.of and group.members]
    if running:
        log.warning("matchers of another number of shards are running, postings are compared twice", groups=running)


async def reshard(bootstrap: str, prefix: str, *, to: int, commit: bool) -> None:
    """Say on standard output where the groups of so many shards are to begin, and with `commit` let them.

    Raises `InUse` where it is to commit while matchers run, of whatever number. Where it died it is run again.
    """
    if not 1 <= to <= SUBSCRIPTIONS.partitions:
        raise Fatal(f"{to} is no number of shards: there may be 1 to {SUBSCRIPTIONS.partitions}")
    await check_topics(bootstrap, [POSTINGS], prefix=prefix)  # under another prefix nobody has compared anything
    found = await _find(bootstrap, prefix)
    others = found.others(to)
    if not others:
        ran = f"only matchers of {_words(to)} have compared anything" if found.committed else "no matcher has compared anything"
        sys.stdout.write(f"nothing to do: {ran}\n")
        return
    topic = await _postings(bootstrap, prefix)
    begins = {shard: begin(shard, found.committed, topic.starts) for shard in shards(to)}
    if found.stays(begins, topic.starts):
        sys.stdout.write(f"nothing to do: matchers of {_words(to)} have compared all that others have\n")
        return
    sys.stdout.write(f"from {_former(others)} to {_words(to)}\n\n{_table(begins, topic)}\n\n")
    if not commit:
        hint = f" ({', '.join(found.in_use())})" if found.in_use() else ""
        sys.stdout.write(f"nothing is committed yet: end all matchers{hint}, then run this again with --commit\n")
        return
    if used := found.in_use():
        raise InUse(f"end all matchers first: {', '.join(used)}; one that was killed counts until its session ends")
    for shard, offsets in begins.items():
        await set_offsets(bootstrap, topic.topic, prefix + shard.group, offsets)
        failpoint("reshard.committed")
    sys.stdout.write(f"committed: start matchers with MATCHER_SHARDS={to} within the days for which Kafka keeps offsets (7)\n")


async def _find(bootstrap: str, prefix: str) -> Found:
    def is_ours(name: str) -> bool:
        return name.startswith(prefix) and shard_of(name.removeprefix(prefix)) is not None

    groups = await find_groups(bootstrap, prefix + POSTINGS.name, is_ours)
    pairs = ((shard_of(group.name.removeprefix(prefix)), group) for group in groups)
    return Found({shard: group for shard, group in pairs if shard is not None})


async def _postings(bootstrap: str, prefix: str) -> Source:
    async with reading(bootstrap, "matcher-reshard") as consumer:
        return await find_source(consumer, prefix + POSTINGS.name)


def _words(of: int) -> str:
    return "1 shard" if of == 1 else f"{of} shards"


def _former(divisions: Iterable[int]) -> str:
    return " and ".join(map(_words, divisions))


def _table(begins: Mapping[Shard, Offsets], topic: Source) -> str:
    """A line for each group: how many records it has before it, and where it begins in each partition."""
    width = max(len(shard.group) for shard in begins)
    return "\n".join(f"{shard.group.ljust(width)}  {_beginning(offsets, topic.ends)}" for shard, offsets in begins.items())


def _beginning(offsets: Offsets, ends: Offsets) -> str:
    waiting = sum(ends[number] - offset for number, offset in offsets.items())
    places = " ".join(f"{number}@{offset}" for number, offset in sorted(offsets.items()))
    return f"{waiting} records to compare, from {places}"
