"""What a process does before it begins: have every kernel read that was compiled before, or compile it, so that the first
posting need not wait for it; and have Python's collector pass over what is there.
"""

import gc
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from runtime.source import Source
from schemas.filter.tree import Filter, Keywords, ScopedTerm
from schemas.posting import Posting
from schemas.subscription import Destination, SubscriptionState
from services.matcher.domain.facts import facts
from services.matcher.domain.known import Known
from services.matcher.snapshot import decode, encode
from services.matcher.states import light

_THEN: Final = datetime.fromtimestamp(0, UTC)
_ALLOCATIONS, _TIMES = 20_000, 20
_FILTERS: Final = (
    Filter(keywords=Keywords(all=("engineer", "software engineer", ScopedTerm(term="engin", prefix=True)))),
    Filter(),
    *(
        Filter(keywords=Keywords(any=(f"word{n}", f"word{n} word", ScopedTerm(term=f"begin{n}", prefix=True))))
        for n in range(100)
    ),
)
"""With so many terms that their tables grow."""


def warm() -> None:
    """Half a minute where nothing is compiled yet, else a fraction of a second. It goes where a matcher goes: what it leaves
    out is compiled when a posting waits.
    """
    known = Known()
    seen = facts(
        Posting(id=uuid4(), source="none", source_id="0", title="Engineer", company="None", url="https://none.invalid/"), _THEN
    )
    ids = [_take(known, filter) for filter in _FILTERS]
    found = known.index.matching(seen)
    known.index.judged([known.index.of(slot) for slot in found.slots.tolist()], seen)
    known.end(ids[0], revision=1)
    known.index.rebuild()
    source = Source("", "", "", {}, {})
    kept = b"".join(encode(known, {}, source=source, offsets={}, now=_THEN))
    decode(kept, source, _THEN, oldest=timedelta(days=1))


def _take(known: Known, filter: Filter) -> UUID:
    id = uuid4()
    state = SubscriptionState(
        revision=0,
        subscription_id=id,
        subscriber_id=id,
        filter=filter,
        destination=Destination(kind="email", id=id),
        effective_from=_THEN + timedelta(days=1),
    )
    known.take(light(state), _THEN)
    return id


def spare_the_collector() -> None:
    """What is there by now stays, and cycles are rare: looking for them took a third of the time to read a million filters."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _TIMES, _TIMES)
