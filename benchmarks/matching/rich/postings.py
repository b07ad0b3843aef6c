"""Postings of `rich`: numbers enter, the same posting leaves for the same number."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from benchmarks.matching.rich.draws import BACKGROUND, COMPANIES, OCCUPATIONS, PHRASES, ROLES, SAID_SKILLS, cities
from schemas.posting import Posting

SEED: Final = 777
TODAY: Final = date(2026, 11, 2)
NOW: Final = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)

_EMPLOYMENT: Final = ((("full_time",), ("contract",), ("part_time",), ("intern",), ()), (62, 12, 8, 8, 10))
"""Types and how often they are stated; the last is none."""


def postings(count: int, first: int = 0) -> Iterator[Posting]:
    """`count` of them."""
    return map(_posting, range(first, first + count))


def _posting(number: int) -> Posting:
    rng = Random(f"{SEED} {number}")
    skills = SAID_SKILLS.several(rng, rng.randint(6, 30))
    stated = {name: value for name, value in _stated(rng).items() if value is not None}
    return Posting.model_validate(
        {
            "id": UUID(int=number),
            "source": "rich",
            "source_id": str(number),
            "title": " ".join((*skills[: rng.randint(0, 3)], ROLES(rng))),
            "company": COMPANIES(rng),
            "url": f"https://jobs.example/{number}",
            "places": [] if rng.random() < 0.05 else cities().several(rng, rng.choice((1, 1, 1, 1, 2, 3))),
            "skills": skills[: rng.randint(0, 6)],
            "text": _text(rng, skills),
            "verdict": _verdict(rng),
        }
        | stated
    )


def _text(rng: Random, skills: tuple[str, ...]) -> str:
    """Skills and phrases stand among the others, each somewhere."""
    pieces = [*skills, *PHRASES.several(rng, rng.randint(4, 12))]
    rest = rng.randint(60, 400) - sum(len(piece.split()) for piece in pieces)
    pieces += [BACKGROUND(rng) for _ in range(rest)]
    rng.shuffle(pieces)
    return " ".join(pieces)


def _stated(rng: Random) -> dict[str, Any]:
    """What a posting may leave open, None where it does."""
    return {
        "workplace": rng.choice((None, "on_site", "on_site", "hybrid", "remote")),
        "employment_types": rng.choices(*_EMPLOYMENT)[0],
        "pay": _pay(rng) if rng.random() < 0.55 else None,
        "posted_on": rng.choice((None, *(TODAY - timedelta(days=days) for days in (0, 0, 1, 5, 10, 20, 40)))),
        "occupation": OCCUPATIONS(rng) if rng.random() < 0.6 else None,
        "seniority": rng.choice((None, "intern", "entry", "mid", "mid", "senior", "senior", "staff", "manager")),
        "degree": rng.choice((None, None, "none", "bachelor", "bachelor", "master", "doctorate")),
        "experience_years": rng.choice((None, None, 0, 2, 4, 8)),
        "language": rng.choice((None, "en", "en", "en", "fr", "de")),
        "sponsor_history": _history(rng) if rng.random() < 0.5 else None,
        "wage_level": rng.choice((None, None, 1, 2, 3, 4)),
    }


def _pay(rng: Random) -> dict[str, Any]:
    most = int(min(max(rng.lognormvariate(4.6, 0.4), 25), 400)) * 1000
    return {"minimum": most * 3 // 4, "maximum": most, "currency": "USD", "period": "year"}


def _history(rng: Random) -> dict[str, Any]:
    return {"newest_year": 2025, "years": [{"year": year, "approvals": rng.randrange(60)} for year in (2023, 2024, 2025)]}


def _verdict(rng: Random) -> dict[str, Any]:
    value = rng.choices(("offered", "conditional", "not_offered", "unstated"), (20, 5, 15, 60))[0]
    visas = rng.sample(("H-1B", "TN", "O-1", "F-1 OPT", "STEM OPT"), rng.choice((0, 1, 2))) if value == "offered" else []
    return {
        "sponsorship": {"value": value, "visas": visas},
        "work_status": {"value": rng.choices(("none", "us_citizen", "us_person"), (80, 12, 8))[0]},
        "clearance": {"value": rng.choices(("none", "must_obtain", "active_required"), (88, 7, 5))[0]},
    }
