"""All filters against one posting: filters enter under slots, the slots of those that match a posting leave, with what held.

A filter that is added is seen by the next posting. What was added since the last rebuild hangs in chains, and what was removed
is passed over, until a rebuild, which may run in another thread, lays all of it out anew.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from services.matcher.domain import codes_held
from services.matcher.domain.clauses import Clauses
from services.matcher.domain.facts import Facts
from services.matcher.domain.found import Found
from services.matcher.domain.growing import grown
from services.matcher.domain.kernels import matching, program
from services.matcher.domain.kernels.bits import STEPS
from services.matcher.domain.kernels.program import SILENT
from services.matcher.domain.layout import Chains, Layout, Rebuild
from services.matcher.domain.odds import Odds
from services.matcher.domain.parts import part
from services.matcher.domain.profile import profile
from services.matcher.domain.program import Compiled, joined
from services.matcher.domain.programs import Programs
from services.matcher.domain.vocabulary import Vocabulary
from services.matcher.domain.wanted import Wanted

_STEPS: Final = STEPS.tolist()
_EPOCHS: Final = 255
"""Postings after which it is forgotten which filters they met: a byte a filter stays near the processor."""
_FEW: Final = 2048
"""Filters that may hang in chains, whatever there are."""
_MANY: Final = 128
"""Filters that are filed together: to run so many programs takes a few microseconds, and to begin to file takes longer."""
_TELLING: Final = 200
_TIMES: Final = 10
"""Postings that tell what is rare, and how many times as many tell it better."""
_SHARE: Final = 16
"""Of all filters one in so many may."""


class State(NamedTuple):
    """What an index holds at a moment."""

    predicates: list[tuple[Any, ...]]
    """In the order of their numbers, from `FREE` on."""
    code: NDArray[np.int32]
    starts: NDArray[np.int32]
    """By slot."""
    clauses: NDArray[np.int32]
    """By slot."""
    seen: NDArray[np.int32]
    """By predicate."""
    postings: int

    def words(self, slots: NDArray[np.int32]) -> int:
        """Of the programs of these slots."""
        return int(self.code[self.starts[slots]].sum())

    def programs(self, slots: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of these slots, one behind the other."""
        into, starts = np.empty(self.words(slots), np.int32), np.empty(len(self.starts), np.int32)
        program.gather(self.code, self.starts, slots, into, starts)
        return into


class Index:
    """Slots are the caller's: small numbers, each used for one filter until `freed` gives it back."""

    def __init__(self) -> None:
        self.candidates = 0
        """Filters looked at since the start."""
        self.rebuilds = 0
        self._words = Vocabulary()
        self._clauses = Clauses(self._words)
        self._programs = Programs()
        self._odds = Odds()
        self._layout, self._chains = Layout.empty(), Chains(self._words.size)
        self._learnt_of = 0
        """Postings at the last rebuild."""
        self._freed: list[int] = []
        self._truth, self._satisfied = np.zeros(1024, np.uint8), np.zeros(1024, np.int32)
        self._many = 0
        self._reserved = self._words.size
        """Predicates for which there is room in all arrays."""
        self._ranges = np.zeros(8192, np.int32)
        self._found, self._silent = np.zeros(1024, np.int32), np.zeros(1024, np.bool_)
        self._met, self._epoch = np.zeros(1024, np.uint8), 0

    def __len__(self) -> int:
        return self._programs.live

    @property
    def predicates(self) -> int:
        """That filters have asked for."""
        return self._words.size

    @property
    def hanging(self) -> int:
        """Filters that wait for the next rebuild."""
        return self._chains.filters + self._programs.pending

    def compile(self, asked: Wanted) -> Compiled:
        """Made ready to be put into this index."""
        return joined([part(asked, self._words)])

    def read(self, filter: Mapping[str, Raw]) -> Compiled:
        """The same for a filter in JSON, given by its fields. Raises `ValidationError` where it keeps not to the contract."""
        return joined(self._clauses.read(filter))

    def put(self, slot: int, asked: Compiled) -> None:
        """Into a free slot."""
        self._programs.add(slot, asked.program, asked.clauses)

    def add(self, slot: int, asked: Wanted) -> None:
        """Compile it and put it into a free slot."""
        self.put(slot, self.compile(asked))

    def remove(self, slot: int) -> None:
        """What is in the slot. It is not free before `freed` gives it back."""
        if not self._programs.has(slot):
            self.take_in()
        self._programs.drop(slot)

    def freed(self) -> Sequence[int]:
        """Slots that may be used again, each given once."""
        freed, self._freed = self._freed, []
        return freed

    def matching(self, posting: Facts) -> Found:
        """The slots of the filters that match."""
        self.file_many()
        bits, pay = self._see(posting)
        programs, layout, chains = self._programs, self._layout, self._chains
        count, looked_at = matching.match(
            self._satisfied, self._many, bits, pay, self._truth, layout.heads, layout.groups, layout.records,
            chains.heads, chains.links, chains.records, programs.code, programs.starts, programs.dead,
            self._met, self._next_epoch(), self._odds.seen, self._ranges, self._found, self._silent,
        )  # fmt: skip
        if programs.pending:
            count = matching.run_waiting(*programs.waiting(), bits, pay, self._truth, self._found, self._silent, count)
        self.candidates += looked_at + programs.pending
        self._odds.count_posting()
        return Found(self._found[:count], self._silent[:count], programs.clauses, posting)

    def of(self, slot: int) -> Compiled:
        """The filter in a slot. It can be judged also when it is removed."""
        if not self._programs.has(slot):
            self.take_in()
        return Compiled(self._programs.of(slot), int(self._programs.clauses[slot]))

    def judged(self, asked: Sequence[Compiled], posting: Facts) -> list[int | None]:
        """What filters say that need not be in the index: bits for `codes_held.told`, None where one does not match."""
        self._reserve()
        bits, pay = self._see(posting)
        code = np.frombuffer(b"".join(one.program.tobytes() for one in asked), np.int32).copy()
        held = np.zeros(len(asked), np.uint8)
        matching.run_all(code, bits, pay, self._truth, held)
        silent = codes_held.silent(posting)
        return [
            codes_held.bits(one.clauses, silent, of_pay=said == SILENT) if said else None
            for one, said in zip(asked, held.tolist(), strict=True)
        ]

    def state(self) -> "State":
        """What there is at this moment, to be read in another thread, also while filters come and go."""
        self.take_in()
        programs = self._programs
        return State(
            predicates=self._words.predicates(),
            code=programs.code,
            starts=programs.starts.copy(),
            clauses=programs.clauses,
            seen=self._odds.seen[: self._words.size].copy(),
            postings=self._odds.postings,
        )

    @classmethod
    def restored(
        cls,
        *,
        predicates: Iterable[Sequence[Any]],
        code: NDArray[np.int32],
        clauses: NDArray[np.int32],
        seen: NDArray[np.int32],
        postings: int,
    ) -> "Index":
        """An index with these filters in the slots from 0 on. Raises `ValueError` where a predicate is of no kind it knows."""
        index = cls()
        index._words.restore(predicates)
        index._programs.restore(code, clauses)
        index._odds.restore(seen, postings)
        index._reserve()
        slots = np.arange(len(clauses), dtype=np.int32)
        program.count_predicates(index._programs.code, index._programs.starts, slots, index._odds.asked)
        index._odds.count_filters(len(slots))
        index.rebuild()
        return index

    def is_due(self) -> bool:
        """Whether a rebuild is worth its while: much has come or gone since the last, or postings tell better what is rare."""
        has_grown = self.hanging > max(_FEW, len(self) // _SHARE)
        has_learnt = self._odds.told >= max(_TELLING, _TIMES * self._learnt_of)
        return has_grown or has_learnt or self._programs.is_wasteful()

    def begin_rebuild(self) -> Rebuild:
        """`run` it, in any thread, and then `finish` it here. One at a time."""
        self.take_in()
        self._odds.refresh()
        self._learnt_of = self._odds.told
        return Rebuild(self._programs, self._odds.chances(self._words.size), len(self._chains.slots))

    def finish(self, rebuild: Rebuild) -> None:
        """Put it in place, and hang again what came since it began."""
        since = self._chains.slots[rebuild.hung :]
        rebuild.put_in_place(self._programs)
        self._layout, self._chains = rebuild.layout, rebuild.chains
        self._freed += rebuild.freed.tolist()
        self.rebuilds += 1
        self._chains.reserve(self._reserved)
        if since:
            self._hang(np.concatenate(since))

    def rebuild(self) -> None:
        """All of it at once."""
        rebuild = self.begin_rebuild()
        rebuild.run()
        self.finish(rebuild)

    def file_many(self) -> None:
        """File what was added where it is much: a few programs are run sooner than they are filed."""
        if self._programs.pending >= _MANY:
            self.take_in()

    def take_in(self) -> None:
        """File what was added, if anything was."""
        if not self._programs.pending:
            return
        if self._has_outgrown():
            self._reserve()
        slots = self._programs.take_in(self._odds.asked)
        self._odds.count_filters(len(slots))
        self._hang(slots)

    def _has_outgrown(self) -> bool:
        """Whether there are predicates or slots without room: the kernels write where they are told."""
        return self._words.size > self._reserved or len(self._programs.starts) > len(self._met)

    def _reserve(self) -> None:
        """Room for every predicate that has a number by now, and for every slot; noted last, as it may fail in between."""
        size = self._words.size
        self._odds.reserve(size)
        self._truth, self._satisfied = grown(self._truth, size), grown(self._satisfied, size)
        self._chains.reserve(len(self._truth))
        slots = len(self._programs.starts)
        self._met, self._found, self._silent = grown(self._met, slots), grown(self._found, slots), grown(self._silent, slots)
        self._reserved = size

    def _hang(self, slots: NDArray[np.int32]) -> None:
        self._chains.hang(self._programs, slots, self._odds.chances(self._words.size))

    def _see(self, posting: Facts) -> tuple[int, float]:
        """Have all predicates hold that the posting satisfies, and no other. Returns its profile and what it pays."""
        if self._has_outgrown():  # also by a filter that was never put
            self._reserve()
        bits, pay, steps = profile(posting), 0.0, 0
        if posting.pay:
            pay = posting.pay.amount
            steps = bisect_right(_STEPS, pay) if posting.pay.currency == "EUR" else 0
        others = np.array(self._words.others(posting), np.int32)
        many = matching.satisfy(self._many, others, bits, steps, self._truth, self._satisfied)
        self._many = self._words.scan(posting, self._truth, self._satisfied, many)
        return bits, pay

    def _next_epoch(self) -> int:
        if self._epoch == _EPOCHS:
            self._met[:] = self._epoch = 0
        self._epoch += 1
        return self._epoch
