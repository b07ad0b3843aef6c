"""Tens of thousands of open postings, made of the real ones: each takes most of its paragraphs from one and the rest from
another, its company from thousands and its places from the largest towns of the US, and has a word that no other has.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from schemas.places.files import CITIES, read_rows
from schemas.posting import Place, Posting, PostingChanged, PostingClosed, PostingOpened
from tests.support import newgrad

Event = PostingOpened | PostingChanged | PostingClosed
CHARACTERS: Final = 5000
"""Of a text at the most; few have less."""
_SPREAD: Final = timedelta(days=60)
"""Within which they opened."""
_TOWNS: Final = 3000
_FIRMS: Final = ("Northwind", "Bluestone", "Clearwater", "Greenpeak", "Harborlight", "Ironbridge", "Silverline", "Brightway")
_TRADES: Final = ("Labs", "Systems", "Health", "Robotics", "Analytics", "Energy", "Logistics", "Payments", "Security", "Foods")


def opened(number: int, turn: int = 0) -> PostingOpened:
    """The same for the same numbers, but for the moment; in another `turn` it has another text."""
    rng, base = random.Random(number), _real()[number % len(_real())]
    at = datetime.now(UTC) - _SPREAD * rng.random()
    text = _text(number % len(_real()), random.Random(f"{number} {turn}"), f"Requisition {number}-{turn}")
    members: dict[str, Any] = {
        "id": UUID(int=rng.getrandbits(128)),
        "source_id": str(number),
        "title": base.title if rng.random() < 0.5 else f"{base.title}, {rng.choice(_FIRMS)}",
        "company": base.company if rng.random() < 0.2 else _company(rng),
        "places": base.places if rng.random() < 0.3 else _places(rng),
        "posted_on": at.date(),
        "text": text,
        "html": f"<p>{text}</p>",
    }
    posting = base.model_copy(update=members)
    return PostingOpened(revision=turn, episode=1, opened_at=at, published_at=at, posting=posting)


def changes(count: int) -> Iterator[Event]:
    """For ever: of each four two say something else, one closes and one opens. `count` are there at first."""
    rng, turn = random.Random(count), 0
    while True:
        turn += 1
        for event in (opened(rng.randrange(count), turn) for _ in range(2)):
            yield PostingChanged(**_told(event), changes=())
        yield PostingClosed(**_told(opened(rng.randrange(count), turn)), closed_at=datetime.now(UTC))
        yield opened(count + turn, turn)


def _told(event: PostingOpened) -> dict[str, Any]:
    return {name: getattr(event, name) for name in PostingOpened.model_fields if name != "type"}


@cache
def _real() -> list[Posting]:
    return newgrad.normalised()


@cache
def _paragraphs() -> list[list[str]]:
    return [[line for line in one.text.split("\n") if line.strip()] for one in _real()]


def _text(number: int, rng: random.Random, mark: str) -> str:
    own, other = list(_paragraphs()[number]), list(rng.choice(_paragraphs()))
    rng.shuffle(own)
    rng.shuffle(other)
    most = len(own) * 7 // 10
    return "\n".join([mark, *own[:most], *other, *own[most:]])[:CHARACTERS]


def _company(rng: random.Random) -> str:
    return f"{rng.choice(_FIRMS)} {rng.choice(_TRADES)} {rng.randrange(50)}"


def _places(rng: random.Random) -> tuple[Place, ...]:
    return tuple(rng.choice(_towns()) for _ in range(rng.choice((1, 1, 1, 2))))


@cache
def _towns() -> list[Place]:
    rows = [row.split("\t") for row in read_rows(CITIES)]
    largest = sorted((row for row in rows if row[3] == "US"), key=lambda row: -int(row[6]))[:_TOWNS]
    return [Place(city=row[0], state=row[2], country="US") for row in largest]
