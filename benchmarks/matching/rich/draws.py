"""What filters and postings of `rich` are drawn from: words, phrases, roles, companies and cities, by rank or by weight."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from math import sqrt
from random import Random
from typing import Final, Generic, TypeVar

from schemas.places.files import CITIES, read_rows
from schemas.posting import Place

T = TypeVar("T")
_LARGEST: Final = 400
_PHRASES: Final = 3_000


class Draw(Generic[T]):
    """Things of unequal weight, drawn with `draw(rng)`."""

    def __init__(self, things: Sequence[T], weights: Iterable[float]) -> None:
        self._things = things
        self._reached = list(accumulate(weights))

    def __call__(self, rng: Random) -> T:
        return self._things[bisect(self._reached, rng.random() * self._reached[-1])]

    def several(self, rng: Random, count: int) -> tuple[T, ...]:
        """Different ones, in the order they were drawn."""
        found: dict[T, None] = {}
        while len(found) < count:
            found[self(rng)] = None
        return tuple(found)


def zipf(things: Sequence[T], exponent: float, offset: int = 0) -> Draw[T]:
    """By rank (Zipf and Mandelbrot)."""
    return Draw(things, (1 / (offset + rank) ** exponent for rank in range(1, len(things) + 1)))


def _phrases() -> list[str]:
    rng, skills = Random(3), zipf(_SKILLS, 1.0, 30)
    phrases: dict[str, None] = {}
    while len(phrases) < _PHRASES:
        phrases[" ".join(skills(rng) if rng.random() < 0.5 else BACKGROUND(rng) for _ in range(rng.choice((2, 2, 3))))] = None
    return list(phrases)


@cache
def cities() -> Draw[Place]:
    """The largest of the gazetteer."""
    rows = sorted((row.split("\t") for row in read_rows(CITIES)), key=lambda row: -int(row[-1]))[:_LARGEST]
    places = [Place(city=row[0], state=row[2] or None, country=row[3]) for row in rows]
    return Draw(places, (sqrt(int(row[-1])) for row in rows))


_SKILLS: Final = [f"s{number}" for number in range(2_000)]
ASKED_SKILLS: Final = zipf(_SKILLS, 1.0, 10)
SAID_SKILLS: Final = zipf(_SKILLS, 1.0, 20)
BACKGROUND: Final = zipf([f"w{number}" for number in range(18_000)], 1.0)
PHRASES: Final = zipf(_phrases(), 0.8, 10)
_ROLES: Final = """
    engineer developer analyst manager scientist architect designer consultant administrator specialist technician researcher
    nurse teacher accountant planner writer operator buyer editor recruiter trader pilot chemist
"""
ROLES: Final = zipf(_ROLES.split(), 0.8)
COMPANIES: Final = zipf([f"Employer {number}" for number in range(5_000)], 0.9)
OCCUPATIONS: Final = zipf(
    ["15-1252", "15-1243", "15-2051", "15-1212", "17-2061", "13-2011", "29-1141", "25-2031", "13-1111", "19-2031"], 0.7
)
