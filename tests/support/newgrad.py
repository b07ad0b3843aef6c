"""1,046 real postings in our push format, and subscriptions of which each clause matches some of them and fails some.

The mapping is the tests' own and deliberately plain: reading such boards well is a later matter of ingest's sources. What a push cannot
say yet (`enriched`) is read from the title where that is obvious, and else drawn by the posting's number.
"""

import gzip
import json
import os
import random
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from schemas.posting import Posting

DATA = Path(__file__).parents[3] / "shared" / "data" / "newgrad2027-postings" / "postings.jsonl.gz"
STATES = {
    "Washington": "WA", "California": "CA", "CALIFORNIA": "CA", "New York": "NY", "Texas": "TX", "Virginia": "VA",
    "Illinois": "IL", "Massachusetts": "MA", "Oregon": "OR", "Colorado": "CO", "Georgia": "GA", "Pennsylvania": "PA",
}  # fmt: skip
COUNTRIES = {
    "USA": "US", "United States": "US", "United States of America": "US", "US": "US", "United Kingdom": "GB",
    "Singapore": "SG", "Costa Rica": "CR", "Canada": "CA",
}  # fmt: skip
CITIES = {"NYC": ("New York", "NY"), "New York City": ("New York", "NY"), "Chicago": ("Chicago", "IL")}
PAY = re.compile(r"\$\s?(\d{2,3},\d{3})(?:\.\d\d)?\s*(?:-+|–|—|to)\s*\$?\s?(\d{2,3},\d{3})")
AXES = {
    "ineligible": ("work_status", "us_person"),
    "likely_not_supported": ("sponsorship", "not_offered"),
    "possibly_supported": ("sponsorship", "offered"),
}


def postings() -> list[dict[str, Any]]:
    """All of them in push format; skipped where the data is absent, which under CI is a failure."""
    if not DATA.exists():
        if os.environ.get("CI"):
            pytest.fail("../shared/data is absent, and CI must have it")
        pytest.skip("../shared/data/newgrad2027-postings is absent: this test wants the real postings")
    with gzip.open(DATA, "rt") as lines:
        return [_push(json.loads(line)) for line in lines]


def subscriptions(count: int, seed: int = 2027, clauses: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Filters as JSON trees, drawn so that every clause (or each of these) occurs often, alone and together with others."""
    rng = random.Random(seed)
    names = [name for name in CLAUSES if clauses is None or name in clauses]
    weights = [_OFTEN.get(name, 1) for name in names]
    filters: list[dict[str, Any]] = []
    while len(filters) < count:
        drawn = dict.fromkeys(rng.choices(names, weights, k=rng.choices([1, 2, 3], [4, 4, 2])[0]))
        filters.append({"version": rng.choice([1, 2])} | {name: CLAUSES[name](rng) for name in drawn})
    return filters


def enriched(posting: dict[str, Any], number: int) -> dict[str, Any]:
    """The posting with what nobody fills yet, the same for the same number; a good part stays unsaid."""
    title, rng = posting["title"], random.Random(number)
    added: dict[str, Any] = {
        "occupation": rng.choice([_titled(title, _OCCUPATIONS)] * 4 + [None]),
        "seniority": _titled(title, _SENIORITIES) or rng.choice([None, None, "entry", "mid"]),
        "degree": _titled(title, _DEGREES) or rng.choice([None, None, "none", "associate", "bachelor", "bachelor", "master"]),
        "experience_years": rng.choice([None, None, 0, 1, 3, 5, 8]),
        "language": rng.choice([None, "en", "en", "en", "de"]),
        "sponsor_history": _history(rng),
        "wage_level": rng.choice([None, None, 1, 2, 3, 4]),
    }
    if "workplace" not in posting and rng.random() < 0.15:
        added |= {"workplace": "remote", "remote_from": rng.choice([["US"], ["US"], ["CA", "MX"], []])}
    return posting | {name: value for name, value in added.items() if value is not None}


def normalised() -> list[Posting]:
    """All of them as postings, plainly, without ingest; every seventh sponsors and every eleventh needs a clearance, so that all
    clauses find something.
    """
    return [_normalised(number, push) for number, push in enumerate(postings())]


def _normalised(number: int, push: dict[str, Any]) -> Posting:
    said = enriched(push, number)
    members = {name: value for name, value in said.items() if name in Posting.model_fields}
    value = "offered" if number % 7 == 0 else push.get("sponsorship", {}).get("value", "unstated")
    verdict = {
        "sponsorship": {"value": value, "visas": ["H-1B", "TN"] if number % 2 else []},
        "work_status": {"value": push.get("work_status", {}).get("value", "none")},
        "clearance": {"value": "none" if number % 11 else "must_obtain"},
    }
    return Posting.model_validate(
        members | {"id": UUID(int=number), "source": "newgrad", "text": push["description"], "verdict": verdict}
    )


def _titled(title: str, meanings: dict[str, str]) -> str | None:
    return next((meaning for pattern, meaning in meanings.items() if re.search(pattern, title)), None)


def _history(rng: random.Random) -> dict[str, Any] | None:
    """Of some employers nothing is known, and some have no petitions."""
    years = [{"year": year, "approvals": rng.randrange(80)} for year in range(rng.randint(2021, 2026), 2026)]
    return rng.choice([None, {"newest_year": 2025, "years": years}, {"newest_year": 2025, "years": years[:-1]}])


def _push(row: dict[str, Any]) -> dict[str, Any]:
    text = f"{row['description']}\n\n{row['requirements']}"
    push: dict[str, Any] = {
        "source_id": row["job_id"],
        "title": " ".join(row["title"].split()),
        "company": row["company"],
        "url": row["application_url"],
        "description": text,
        "places": _places(row["location"]),
        "posted_on": row["date_posted"][:10] if row["date_posted"] else None,
        "workplace": {"onsite": "on_site"}.get(row["workplace_type"], row["workplace_type"]) or None,
        "pay": _pay(text),
        "skills": [keyword for keyword in row["matched_keywords"] if keyword.strip()][:20],
    }
    kind = re.sub(r"[^a-z]+", "_", row["employment_type"].lower())
    if kind in ("full_time", "fulltime", "part_time"):
        push["employment_types"] = ["part_time" if kind == "part_time" else "full_time"]
    elif "intern" in row["title"].lower():
        push["employment_types"] = ["intern"]
    if row["sponsorship_classification"] in AXES and row["sponsorship_evidence"]:
        axis, value = AXES[row["sponsorship_classification"]]
        push[axis] = {"value": value, "sentence": row["sponsorship_evidence"]}
    return {name: value for name, value in push.items() if value not in (None, [])}


def _places(location: str) -> list[dict[str, str]]:
    return [place for part in location.split(";") if (place := _place(part.strip()))]


def _place(text: str) -> dict[str, str]:
    if text in CITIES:
        city, state = CITIES[text]
        return {"city": city, "state": state, "country": "US"}
    parts = [part.strip() for part in text.split(",")]
    place: dict[str, str] = {}
    for part in parts:
        if part in COUNTRIES:
            place["country"] = COUNTRIES[part]
        elif part in STATES and "state" not in place and (part != "New York" or "city" in place):
            place["state"] = STATES[part]
        elif re.fullmatch(r"[A-Z]{2}", part):
            place["state"] = part
        elif part and "city" not in place:
            place["city"] = part
    if "state" in place:
        place.setdefault("country", "US")
    return place


def _pay(text: str) -> dict[str, Any] | None:
    found = PAY.search(text)
    if not found:
        return None
    low, high = (int(amount.replace(",", "")) for amount in found.groups())
    return {"minimum": low, "maximum": high, "currency": "USD", "period": "year"} if low <= high else None


_SENIORITIES = {
    r"(?i)\bintern(ship)?\b": "intern", r"(?i)\bdirector\b": "director", r"(?i)\bmanager\b": "manager",
    r"(?i)\b(staff|principal)\b": "staff", r"(?i)\b(senior|sr)\b": "senior", r"\bII\b": "mid",
    r"(?i)\bgrad(uate)?\b|\bcampus\b|\bearly career\b|\bjunior\b|\b(I|1)$": "entry",
}  # fmt: skip
_OCCUPATIONS = {
    r"(?i)data scien": "15-2051", r"(?i)data engineer|database": "15-1243", r"(?i)security": "15-1212",
    r"(?i)hardware|asic|silicon|circuit|verification": "17-2061", r"(?i)\b(test|qa)\b": "15-1253", r"(?i)research": "15-1221",
    r"(?i)trader|quantitative": "13-2099", r"(?i)software|developer": "15-1252",
}  # fmt: skip
_DEGREES = {r"(?i)\bph\.? ?d\b": "doctorate", r"(?i)\bmasters?\b": "master"}

_WORDS = [
    "Python", "C++", "C#", "Java", "machine learning", "Kubernetes", "distributed systems", "simulation", "CUDA",
    "PyTorch", "TypeScript", "ReactJS", "SQL", "AWS", "compilers", "robotics", "security clearance", "intern",
    "low latency", "C", "R", ".NET", "Node.js", "embedded", "data pipelines", "São Paulo", "new grad", "payments",
    "AI/ML", "CI/CD", "front-end", "backend", "full stack", "engineers", "technologies",
]  # fmt: skip
"""Not Go: where it is the language and where the word, two readers may well differ."""
_TITLES = [
    "software engineer", "developer", "data", "Engineer", "machine learning", "new college grad", "AWS", "graduate", "hardware",
    "full-stack", "systems", "C++", "intern", "scientists",
]  # fmt: skip
_BEGINNINGS = ["develop", "robot", "secur", "distribut", "quantit", "Kube", "machine learn"]
_SCOPED = [
    *({"term": term, "scope": "title"} for term in _TITLES),
    *({"term": term, "scope": "company"} for term in ("Amazon", "Morgan", "trading")),
    *({"term": term, "scope": "skill"} for term in ("Python", "C#", "machine learning", "api", "distributed system")),
    *({"term": term, "scope": "location"} for term in ("Seattle", "new york", "CA", "Singapore", "United Kingdom")),
    *({"term": term, "prefix": True} for term in _BEGINNINGS),
    *({"term": term, "scope": "title", "prefix": True} for term in _BEGINNINGS),
]
_CITIES: list[dict[str, Any]] = [
    {"city": "Seattle"}, {"city": "New York", "state": "NY"}, {"city": "Santa Clara"}, {"city": "San Diego", "state": "California"},
    {"city": "NYC"}, {"city": "Chicago"}, {"city": "San Jose"}, {"city": "San Jose", "country": "US"}, {"city": "London", "country": "GB"},
    {"city": "Austin", "state": "TX"}, {"city": "Portland"}, {"city": "Nowhere"},
]  # fmt: skip
_AREAS: list[dict[str, Any]] = [
    {"state": "CA"}, {"state": "WA"}, {"state": "TX", "country": "US"}, {"state": "New York"}, {"country": "US"}, {"country": "GB"},
    {"country": "SG"}, {"country": "CA"}, {"metro": "Bay Area"}, {"metro": "silicon valley"}, {"metro": "Seattle area"},
]  # fmt: skip
_COMPANIES = ["Amazon", "NVIDIA Corporation", "Stripe, Inc.", "Jane Street", "microsoft", "Hudson River Trading LLC", "Nobody"]
_SKILLS = [
    "Python",
    "k8s",
    "C++",
    "Java",
    "machine learning",
    "JS",
    "SQL",
    "React",
    "AWS",
    "PyTorch",
    "R",
    "Postgres",
    "basket weaving",
]
_WAYS = ["on_site", "hybrid", "remote"]


def _keywords(rng: random.Random) -> dict[str, Any]:
    """From one word to groups in groups."""
    one, other, third, fourth = rng.sample(_WORDS, 4)
    scoped, second = rng.sample(_SCOPED, 2)
    shapes: list[dict[str, Any]] = [
        {"all": [one]},
        {"all": [one, other]},
        {"any": [one, other, third]},
        {"all": [one], "none": [other, third]},
        {"none": [one, other, third, fourth]},
        {"all": [scoped]},
        {"all": [one, scoped]},
        {"any": [scoped, second], "none": [one]},
        {"all": [{"any": [one, scoped]}, {"any": [other, second]}]},
        {"any": [{"all": [one, other]}, {"all": [scoped, {"none": [third, {"all": [fourth, second]}]}]}]},
    ]
    return rng.choice(shapes)


def _place_wanted(rng: random.Random) -> dict[str, Any]:
    city = rng.random() < 0.5
    place = dict(rng.choice(_CITIES if city else _AREAS))
    if city and rng.random() < 0.5:
        place["within"] = {"distance": rng.choice([10, 30, 60, 200]), "unit": rng.choice(["km", "mi"])}
    if rng.random() < 0.3:
        place["workplaces"] = rng.sample(_WAYS, rng.choice([1, 2]))
    return place


def _pay_wanted(rng: random.Random) -> dict[str, Any]:
    yearly = rng.random() < 0.7
    return {
        "amount": rng.choice([60, 90, 120, 150, 180, 220]) * (1000 if yearly else 1),
        "period": "year" if yearly else "hour",
        "currency": rng.choice(["USD", "USD", "EUR", "CHF", "KPW"]),
        "unstated": rng.choice(["keep", "drop", "drop"]),
    }


def _lists(rng: random.Random, entries: list[str], *, first: str, second: str) -> dict[str, Any]:
    one, other = rng.sample(entries, 2), rng.sample(entries, 2)
    return rng.choice([{first: one}, {second: other}, {first: one, second: other[:1]}])


def _some(*entries: Any) -> Callable[[random.Random], list[Any]]:
    return lambda rng: rng.sample(entries, rng.choice([1, 1, 2]))


def _one(*entries: Any) -> Callable[[random.Random], Any]:
    return lambda rng: rng.choice(entries)


CLAUSES: dict[str, Callable[[random.Random], Any]] = {
    "keywords": _keywords,
    "titles": lambda rng: _lists(rng, _TITLES, first="include", second="exclude"),
    "places": lambda rng: [_place_wanted(rng) for _ in range(rng.choice([1, 1, 2]))],
    "workplaces": _some(*_WAYS),
    "visa_types": _some("H-1B", "O-1", "TN"),
    "accepted_verdicts": _some("offered", "conditional", "unstated", "not_offered"),
    "hide": _some("citizenship", "clearance"),
    "minimum_pay": _pay_wanted,
    "employment_types": _some("full_time", "part_time", "intern"),
    "companies": lambda rng: _lists(rng, _COMPANIES, first="include", second="exclude"),
    "skills": lambda rng: _lists(rng, _SKILLS, first="all", second="any"),
    "occupations": _some("15-1252", "15-1250", "15-1200", "15-0000", "15-2051.00", "17-2061"),
    "seniorities": _some("intern", "entry", "mid", "senior", "staff", "manager"),
    "maximum_degree": _one("none", "associate", "bachelor", "master"),
    "maximum_experience": _one(0, 1, 3, 5),
    "employer_approvals": lambda rng: {"at_least": rng.choice([1, 30, 100]), "years": rng.choice([1, 2, 3, 5])},
    "minimum_wage_level": _one(1, 2, 3, 4),
    "sources": _one(["NewGrad"], ["newgrad", "elsewhere"], ["elsewhere"]),
    "languages": _one(["en"], ["de"], ["fr", "en"], ["fr"]),
    "posted_within": _one(80, 90, 100, 120, 365),
}
STATED = frozenset(CLAUSES) - {
    "occupations",
    "seniorities",
    "maximum_degree",
    "maximum_experience",
    "employer_approvals",
    "minimum_wage_level",
    "sources",
    "languages",
    "posted_within",
}
"""The clauses whose facts a push carries, and which ask for nothing that depends on who pushes it or when."""
_OFTEN = {"keywords": 4, "places": 4, "titles": 2, "minimum_pay": 2, "skills": 2, "companies": 2}
