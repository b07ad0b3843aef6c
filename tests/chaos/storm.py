"""A storm: traffic goes on while replicas are killed and everything around them breaks; then it is quiet, and accounts are made."""

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from deploy.local.stack import Stack
from tests.chaos import failpoints, plan
from tests.chaos.account import Verdict, judge
from tests.chaos.books import Books, Disturbed, keep, read_books
from tests.chaos.cluster import Cluster, Replica
from tests.chaos.plan import Trouble
from tests.chaos.traffic import Traffic
from tests.chaos.waiting import fetch_waiting
from tests.support.until import until

_MOVES_WITHIN: Final = 100.0
"""Seconds after the storm in which something must get on where anything is on its way: longer than a pause between tries or sweeps."""
_ALL_READY_WITHIN: Final = 90.0
_STARTS_WITHIN: Final = 15.0
"""Seconds, or it is killed while it starts."""
_NOTICED_WITHIN: Final = 0.5
"""Seconds in which the end of a process is noticed."""
_TOLD_EVERY: Final = 15.0
"""Seconds between two lines about how far it has come."""
_LOOKS: Final = 20
"""In a row that must find nothing on its way: between two services it is nowhere."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """How a storm is to be. It lasts until so many `kills`, or so many `seconds` where those are given."""

    seed: int
    kills: int
    seconds: float | None = None
    replicas: int = 2
    shards: int = 1
    """Of the matcher; not more than replicas."""
    rate: float = 8.0
    """Requests a second, most of them postings."""
    life: float = 6.0
    """Seconds that a replica lives, about."""
    trouble: float = 4.0
    """Seconds between troubles, about."""

    @property
    def until(self) -> str:
        """When it ends, in words."""
        return f"{self.kills} kills" if self.seconds is None else f"{self.seconds / 60:g} minutes"


@dataclass
class Report:
    """What was done, and what came of it."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By service and failpoint; "at random" where it was none."""
    troubles: Counter[str] = field(default_factory=Counter)
    unasked: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0
    seconds: float = 0.0
    """That the storm lasted, without the beginning and the settling."""
    verdict: Verdict = field(default_factory=Verdict)
    never_reached: dict[str, list[str]] = field(default_factory=dict)
    """Failpoints that no kill happened at."""


class Storm:
    """Run once."""

    def __init__(self, wish: Wish, say: Say) -> None:
        self._wish = wish
        self._say = say
        self._report = Report()
        self._disturbed: list[Disturbed] = []
        self._over = asyncio.Event()
        self._points = failpoints.by_service()

    async def run(self) -> Report:
        with Stack(say=self._say) as stack:
            async with Cluster(stack, replicas=self._wish.replicas, shards=self._wish.shards) as cluster:
                self._cluster = cluster
                for replica in cluster.replicas:
                    await cluster.start(replica)
                await self._all_ready()
                traffic = self._traffic = Traffic(cluster, seed=self._wish.seed, rate=self._wish.rate)
                try:
                    await traffic.begin()
                    self._say(f"the storm begins: seed {self._wish.seed}, {self._wish.until}")
                    began = time.monotonic()
                    await self._storm(traffic)
                    self._report.seconds = time.monotonic() - began
                    self._say("quiet again; waiting until everything has come to its end")
                    await self._settle()
                finally:
                    await traffic.aclose()
                books = await self._books()
                verdict = self._report.verdict = judge(books, traffic.promised, self._disturbed)
                verdict.crashed += cluster.crashed
                if not verdict.is_kept:
                    self._say(f"what was read in the end is in {keep(books, self._disturbed, self._wish.seed)}")
                self._report.unasked, self._report.asked_again = cluster.unasked, traffic.unanswered
        self._report.never_reached = {
            service: missing
            for service, names in self._points.items()
            if (missing := [name for name in names if not self._report.kills[service, name]])
        }
        return self._report

    async def _storm(self, traffic: Traffic) -> None:
        going = asyncio.create_task(traffic.run())
        tasks = [asyncio.create_task(self._live(replica)) for replica in self._cluster.replicas]
        troubling = asyncio.create_task(self._trouble())
        telling = asyncio.create_task(self._tell())
        if self._wish.seconds is not None:
            asyncio.get_running_loop().call_later(self._wish.seconds, self._over.set)
        try:
            waiting = asyncio.create_task(self._over.wait())
            await asyncio.wait([waiting, going, *tasks, troubling], return_when=asyncio.FIRST_COMPLETED)
            for task in (going, *tasks, troubling):
                if task.done():
                    task.result()
            self._over.set()
            await asyncio.gather(troubling, *tasks)
            await self._all_ready()
        finally:
            telling.cancel()
            for task in (going, troubling, *tasks):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await going

    async def _live(self, replica: Replica) -> None:
        """One life after the other; the last one is left alone."""
        await self._end(replica, "")
        numbers = plan.lives(
            self._wish.seed, replica.service, replica.number, self._points[replica.service], pace=self._wish.life
        )
        for life in numbers:
            if replica.status > 0:
                await asyncio.sleep(0.5)  # as whoever looks after processes does with one that gave up
            await self._cluster.start(replica, "" if self._over.is_set() else life.failpoint)
            if self._over.is_set():
                return
            try:
                await until(lambda: self._is_ready_or_ended(replica), within=life.longest + _STARTS_WITHIN)
                async with asyncio.timeout(life.longest):
                    await replica.ended.wait()
                self._died(replica, life.failpoint.partition(":")[0])
            except TimeoutError:
                await self._end(replica, "at random")

    async def _is_ready_or_ended(self, replica: Replica) -> bool:
        """A life counts from where there is work: starting takes as long as the machine lets it."""
        return replica.process is None or await self._cluster.is_ready(replica)

    async def _end(self, replica: Replica, why: str) -> None:
        with self._disturbing(f"{replica.service} was killed", replica.life):
            await self._cluster.kill(replica)
        self._count(replica, why)

    def _died(self, replica: Replica, failpoint: str) -> None:
        """There; or it ended by itself, which `Cluster.crashed` says where it had no excuse."""
        if replica.status == -signal.SIGKILL:
            now = time.time()
            self._disturbed.append(Disturbed(f"{replica.service} was killed", now - _NOTICED_WITHIN, now, replica.life))
            self._count(replica, failpoint)

    def _count(self, replica: Replica, why: str) -> None:
        """A kill that has no name is not one of the storm's."""
        if not why:
            return
        self._report.kills[replica.service, why] += 1
        if self._wish.seconds is None and self._report.kills.total() >= self._wish.kills:
            self._over.set()

    async def _trouble(self) -> None:
        for trouble in plan.troubles(self._wish.seed, pace=self._wish.trouble):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(trouble.after):
                    await self._over.wait()
            if self._over.is_set():
                return
            with self._disturbing(*self._named(trouble)):
                await self._do(trouble)
            self._report.troubles[trouble.what] += 1

    def _named(self, trouble: Trouble) -> tuple[str, str]:
        """What happens, and to which life; "" where it concerns everybody."""
        paused = self._paused(trouble)
        return (f"{paused.service} was paused", paused.life) if trouble.what == "pause" else (trouble.what, "")

    async def _do(self, trouble: Trouble) -> None:
        doing, _, what = trouble.what.partition(" ")
        match doing:
            case "pause":
                await self._pause(trouble)
            case "cut":
                self._cluster.proxies[what].cut()
            case "slow":
                proxy = self._cluster.proxies[what]
                proxy.delay = 0.2
                await asyncio.sleep(trouble.lasts)
                proxy.delay = 0.0
            case _:
                await self._restart(doing, what)

    async def _pause(self, trouble: Trouble) -> None:
        replica = self._paused(trouble)
        if replica.signal(signal.SIGSTOP):
            await asyncio.sleep(trouble.lasts)
            replica.signal(signal.SIGCONT)

    def _paused(self, trouble: Trouble) -> Replica:
        return self._cluster.replicas[trouble.replica % len(self._cluster.replicas)]

    async def _restart(self, doing: str, what: str) -> None:
        stack = self._cluster.stack
        children = {
            "kafka": stack.kafka.child,
            "postgres": stack.postgres.child,
            "inbox": stack.inbox.child,
            "receiver": stack.receiver.child,
        }
        child = children[what]
        match doing:
            case "kill":
                await asyncio.to_thread(child.kill)
            case "stop":
                await asyncio.to_thread(child.stop)
            case "crash":  # what PostgreSQL makes of SIGQUIT: its processes end at once, and it recovers at the next start
                child.process.send_signal(signal.SIGQUIT)
                await asyncio.to_thread(child.process.wait)
        await asyncio.to_thread(stack.start, what)
        if what == "receiver":
            await self._traffic.register_secrets()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TOLD_EVERY)
            kills = self._report.kills.total()
            self._say(f"{kills} kills, {self._report.troubles.total()} troubles, {len(self._traffic.promised.pushes)} pushes")

    async def _all_ready(self) -> None:
        async def ready() -> bool:
            for replica in self._cluster.replicas:
                if replica.process is None:  # it gave up because something was away
                    await self._cluster.start(replica)
            return all(await asyncio.gather(*map(self._cluster.is_ready, self._cluster.replicas)))

        await until(ready, within=_ALL_READY_WITHIN)

    async def _settle(self) -> None:
        """Until nothing waits in an outbox, in the ledger or in a topic. However long that takes, as long as work goes on."""
        looks, before, moved_at, said_at = 0, await fetch_waiting(self._cluster), time.monotonic(), time.monotonic()
        while looks < _LOOKS:
            waiting = await fetch_waiting(self._cluster)
            looks = looks + 1 if waiting.is_empty else 0
            if time.monotonic() > said_at + _TOLD_EVERY and not waiting.is_empty:
                said_at = time.monotonic()
                self._say(f"still on its way: {waiting}")
            if waiting.is_further_than(before):
                moved_at = time.monotonic()
            elif not waiting.is_empty and time.monotonic() > moved_at + _MOVES_WITHIN:
                books = await self._books()
                self._say(f"what was read in the end is in {keep(books, self._disturbed, self._wish.seed)}")
                raise AssertionError(f"on its way, and nothing moved for {_MOVES_WITHIN:.0f} s: {waiting}")
            before = waiting
            await asyncio.sleep(0.1 if waiting.is_empty else 2.0)  # counting what waits takes from what works it off

    async def _books(self) -> Books:
        proxies = self._cluster.proxies
        return await read_books(self._cluster.system, smtp=proxies["smtp"], webhooks=proxies["webhooks"])

    @contextlib.contextmanager
    def _disturbing(self, what: str, life: str = "") -> Iterator[None]:
        began = time.time()
        try:
            yield
        finally:
            self._disturbed.append(Disturbed(what, began, time.time(), life))
