"""Has every kernel read that was compiled before, or compiles it: the first posting is not to wait for it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from schemas.filter.tree import Filter, Keywords, ScopedTerm
from schemas.posting import Posting
from schemas.subscription import Destination, SubscriptionState
from services.matcher.domain.facts import facts
from services.matcher.domain.known import Known

_THEN: Final = datetime.fromtimestamp(0, UTC)
_FILTERS: Final = (
    Filter(keywords=Keywords(all=("engineer", "software engineer", ScopedTerm(term="engin", prefix=True)))),
    Filter(),
)


def warm() -> None:
    """Half a minute where nothing is compiled yet, else a fraction of a second."""
    known = Known()
    seen = facts(
        Posting(id=uuid4(), source="none", source_id="0", title="Engineer", company="None", url="https://none.invalid/"), _THEN
    )
    ids = [_take(known, filter) for filter in _FILTERS]
    found = known.index.matching(seen)
    state = known.index.state()
    state.programs(found.slots)
    known.index.judged([known.index.of(slot) for slot in found.slots.tolist()], seen)
    known.end(ids[0], revision=1)
    known.index.rebuild()
    known.rows.restore(known.rows.table[known.rows.slots()])


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
    known.take(state, _THEN)
    return id
