"""1,046 real postings in our push format, and subscriptions of which each clause matches some of them and fails some.

The mapping is the tests' own and deliberately plain: reading such boards well is a later matter of ingest's sources.
"""

import gzip
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

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


def subscriptions(count: int, seed: int = 2027) -> list[dict[str, Any]]:
    """Filters as JSON trees, drawn so that every clause occurs often, alone and together with others."""
    rng = random.Random(seed)
    filters: list[dict[str, Any]] = []
    while len(filters) < count:
        clauses = rng.sample(list(_CLAUSES), rng.choices([1, 2, 3], [3, 4, 2])[0])
        filters.append({name: _CLAUSES[name](rng) for name in clauses})
    return filters


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


_WORDS = [
    "Python", "C++", "C#", "Java", "Go", "machine learning", "Kubernetes", "distributed systems", "compiler", "CUDA",
    "PyTorch", "TypeScript", "React", "SQL", "AWS", "GPU", "robotics", "security clearance", "Ph.D.", "intern",
    "low latency", "C", "R", ".NET", "Node.js", "embedded", "data pipelines", "São Paulo", "new grad", "payments",
]  # fmt: skip
_PLACES: list[dict[str, str]] = [
    {"city": "Seattle"}, {"city": "New York", "state": "NY"}, {"city": "Santa Clara"}, {"state": "CA"}, {"state": "WA"},
    {"state": "TX", "country": "US"}, {"country": "US"}, {"country": "GB"}, {"city": "San Diego", "state": "CA"},
    {"country": "SG"}, {"city": "Chicago"}, {"city": "Nowhere"},
]  # fmt: skip
_COMPANIES = ["Amazon", "NVIDIA", "Stripe", "Jane Street", "Microsoft", "Hudson River Trading", "Nobody"]
_CLAUSES: dict[str, Any] = {
    "keywords": lambda rng: rng.choice(
        [
            {"all": rng.sample(_WORDS, rng.choice([1, 2]))},
            {"any": rng.sample(_WORDS, 3)},
            {"all": [rng.choice(_WORDS)], "none": rng.sample(_WORDS, 2)},
            {"none": rng.sample(_WORDS, 4)},
        ]
    ),
    "places": lambda rng: rng.sample(_PLACES, rng.choice([1, 2])),
    "workplaces": lambda rng: rng.sample(["on_site", "hybrid", "remote"], rng.choice([1, 1, 2])),
    "visa_types": lambda rng: rng.sample(["H-1B", "O-1", "TN"], rng.choice([1, 2])),
    "minimum_pay": lambda rng: {
        "amount": rng.choice([60, 90, 120, 150, 180, 220]) * (1000 if (yearly := rng.random() < 0.7) else 1),
        "period": "year" if yearly else "hour",
        "currency": rng.choice(["USD", "USD", "USD", "EUR"]),
        "unstated": rng.choice(["keep", "drop", "drop"]),
    },
    "employment_types": lambda rng: rng.sample(["full_time", "part_time", "intern"], rng.choice([1, 1, 2])),
    "companies": lambda rng: rng.choice([{"include": rng.sample(_COMPANIES, 2)}, {"exclude": rng.sample(_COMPANIES, 2)}]),
}
