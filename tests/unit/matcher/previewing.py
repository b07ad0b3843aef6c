"""Postings for previews: their events, a corpus that took them in, and what the oracle says of each."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from runtime.reader import Arrived
from schemas.filter.tree import Filter
from schemas.posting import Posting, PostingChanged, PostingClosed, PostingOpened
from services.matcher.domain.corpus import Corpus, Held
from services.matcher.domain.facts import facts
from services.matcher.domain.oracle import held
from services.matcher.domain.page import Cursor
from services.matcher.domain.search import search
from services.matcher.domain.wanted import Wanted
from services.matcher.gather import Gatherer
from services.matcher.preview import Found, Previewer
from services.matcher.turns import Turns
from tests.unit.matcher.made import NOW as MOMENT
from tests.unit.matcher.made import posting

DAY: Final = timedelta(days=1)
Event = PostingOpened | PostingChanged | PostingClosed


def opened(content: Posting, *, ago: timedelta = DAY, revision: int = 1) -> PostingOpened:
    """Opened so long before `MOMENT`."""
    at = MOMENT - ago
    return PostingOpened(revision=revision, episode=1, opened_at=at, published_at=at, posting=content)


def changed(before: PostingOpened, **members: Any) -> PostingChanged:
    content = Posting.model_validate(before.posting.model_dump() | members)
    told = before.model_dump(exclude={"type", "posting", "revision"})
    return PostingChanged(**told, revision=before.revision + 1, posting=content, changes=())


def closed(before: PostingOpened | PostingChanged, *, ago: timedelta = timedelta(0)) -> PostingClosed:
    told = before.model_dump(exclude={"type", "changes", "revision"})
    return PostingClosed(**told, revision=before.revision + 1, closed_at=MOMENT - ago)


class Previews:
    """A gatherer and a previewer on one corpus, without Kafka."""

    def __init__(self) -> None:
        self.corpus = Corpus()
        self.turns = Turns()
        self.gatherer = Gatherer(self.corpus, self.turns, lambda: MOMENT)
        self.previewer = Previewer(self.corpus, self.turns)

    async def take(self, *events: Event) -> None:
        await self.gatherer.apply([Arrived(event, int(event.published_at.timestamp() * 1000)) for event in events])

    def ask(self, filter: dict[str, Any] | None = None, *, after: Cursor | None = None, now: datetime = MOMENT) -> Found:
        return self.previewer.preview(Filter.model_validate(filter or {}), after=after, now=now)


async def previews(*events: Event) -> Previews:
    made = Previews()
    await made.take(*events)
    return made


def entry(content: Posting, *, is_open: bool = True) -> Held:
    """As the corpus holds it."""
    return Held(facts(content, MOMENT), content.company, content.posted_on, MOMENT, is_open, b"{}")


def put(corpus: Corpus, content: Posting) -> None:
    corpus.put(content.id, entry(content))


def found(corpus: Corpus, asked: Wanted) -> set[UUID]:
    """What the corpus says, ages counted to `MOMENT`."""
    mask = search(corpus, asked)
    if asked.posted_within is not None:
        mask = mask & corpus.posted_within(asked.posted_within, MOMENT.date().toordinal())
    return {id for id, slot in corpus.slots.items() if mask[slot]}


def taken(postings: Iterable[Posting], asked: Wanted) -> set[UUID]:
    """What the oracle says."""
    return {one.id for one in postings if held(asked, facts(one, MOMENT)) is not None}


def numbered(number: int, **members: Any) -> Posting:
    return posting(id=UUID(int=number), **members)
