"""What ingest reads out of all real postings at hand, to be judged by a person: `python -m benchmarks.derived [FIELD]`.

Without a field: of each field the share of postings that have it, and how many of those by a field of the source and by a
sentence. With one: random rows of it, the value beside the words that say it.
"""

import argparse
import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from schemas.posting import Place, Posting
from schemas.provenance import Origin, Terms
from services.ingest.domain.batch import Item, posting_of
from services.ingest.domain.fault import Refused
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.stated import Stated, StatedPlace
from services.ingest.domain.translation import translate
from services.ingest.sources.registry import find_source
from services.ingest.sources.source import Request
from tests.support.recorded import DATA, RECORDED

FIELDS: Final = (
    "places", "workplace", "remote_from", "employment_types", "pay", "seniority", "degree", "experience_years", "skills",
    "posted_on", "valid_through", "language", "sections",
)  # fmt: skip
NOW: Final = datetime(2026, 11, 28, tzinfo=UTC)
AROUND: Final = 60
"""Characters shown before and behind the words."""


def newgrad() -> Iterator[Item]:
    for row in _lines("newgrad2027-postings/postings.jsonl.gz"):
        stated = Stated(
            source_id=row["job_id"],
            title=row["title"],
            company=row["company"],
            url=row["application_url"],
            description=f"{row['description']}\n\n{row['requirements']}",
            places=(StatedPlace(text=row["location"], country=row["country"]),),
            workplace=row["workplace_type"],
            employment=(row["employment_type"],),
        )
        yield _item(stated)


def comments() -> Iterator[Item]:
    """Those of "Who is hiring" that the source takes for postings."""
    rows = _lines("hn-who-is-hiring/2018.jsonl.gz")
    children = [{"id": number, "text": row["full_html"]} for number, row in enumerate(rows, 1)]
    source = find_source("hiring")
    yield from map(_item, source.read(json.dumps({"children": children}).encode(), Request(""), NOW.date()).postings)


def listings() -> Iterator[Item]:
    """Without a text: what their places say."""
    with gzip.open(DATA / "simplify-listings/summer2025_listings.json.gz", "rt") as file:
        rows = json.load(file)
    for row in rows:
        places = tuple(StatedPlace(text=place) for place in row["locations"])
        yield _item(
            Stated(
                source_id=row["id"],
                title=row["title"],
                company=row["company_name"],
                url=row["url"],
                description="",
                places=places,
            )
        )


def recorded() -> Iterator[Item]:
    for name, file in RECORDED:
        source = find_source(name)
        yield from map(_item, source.read((DATA / file).read_bytes(), Request(""), NOW.date()).postings)


SETS: Final = {"newgrad": newgrad, "comments": comments, "listings": listings, "recorded": recorded}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.derived", description=__doc__)
    parser.add_argument("field", nargs="?", choices=FIELDS)
    parser.add_argument("--set", choices=SETS, action="append", dest="sets", help="only these postings; again for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--by", choices=("field", "sentence"), help="only values that a field, or a sentence, says")
    arguments = parser.parse_args()
    console = Console()
    postings = {name: list(_postings(SETS[name](), name)) for name in arguments.sets or SETS}
    if arguments.field is None:
        _tell_shares(console, postings)
        return 0
    pairs = [(name, posting) for name, some in postings.items() for posting in some if getattr(posting, arguments.field)]
    random.Random(arguments.seed).shuffle(pairs)
    rows = (row for name, posting in pairs if (row := _row(name, posting, arguments.field, arguments.by)))
    for number, line in zip(range(1, arguments.rows + 1), rows, strict=False):
        console.print(f"{number} {line}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _tell_shares(console: Console, postings: dict[str, list[Posting]]) -> None:
    table = Table("field", *(f"{name} ({len(some):,})" for name, some in postings.items()))
    for name in FIELDS:
        table.add_row(name, *(_share(name, some) for some in postings.values()))
    console.print(table)


def _share(field: str, postings: list[Posting]) -> str:
    by: Counter[str] = Counter()
    for posting in postings:
        origin = _origin(posting, field)
        said = getattr(posting, field) not in (None, ())
        by["field" if origin and origin.stated_as else "sentence" if origin else "whole text"] += said
    parts = ", ".join(f"{how} {count:,}" for how, count in by.items() if count)
    return f"{sum(by.values()) / len(postings):.1%} ({parts})" if parts else "–"


def _row(name: str, posting: Posting, field: str, by: str | None) -> str:
    origin, value = _origin(posting, field), getattr(posting, field)
    if by and (by == "field") != bool(origin and origin.stated_as):
        return ""
    shown = (
        "; ".join(one.words() if isinstance(one, Place) else str(one) for one in value) if isinstance(value, tuple) else value
    )
    return f"[{name}] {posting.title[:80]} → {shown}\n      {_words(posting, origin)}"


def _words(posting: Posting, origin: Origin | None) -> str:
    if origin is None:
        return posting.excerpt[:160]
    if origin.stated_as:
        return f"field {origin.stated_as}: {_STATED[posting.source_id].get(origin.field, '')}"
    text = posting.title if origin.where == "title" else posting.text
    start, end = origin.start, origin.end
    shown = f"{text[max(0, start - AROUND) : start]}>>{text[start:end]}<<{text[end : end + AROUND]}"
    return " ".join(shown.split())


def _origin(posting: Posting, field: str) -> Origin | None:
    return next((origin for origin in posting.origins if origin.field.partition(".")[0] == field), None)


_STATED: Final[dict[str, dict[str, str]]] = defaultdict(dict)
"""What the fields of a posting say, by its id, for those made here."""


def _item(stated: Stated) -> Item:
    said = {
        "places": "; ".join(place.text or place.city or place.country for place in stated.places),
        "workplace": stated.workplace,
        "remote_from": ", ".join(stated.remote_from),
        "employment_types": ", ".join(stated.employment),
        "pay": str(stated.pay or stated.pay_text),
        "seniority": stated.seniority,
        "skills": ", ".join(stated.skills),
    }
    _STATED[stated.source_id] = said
    translation = translate(stated, today=NOW.date())
    return Item("", translation.item, provenance=Provenance(terms=Terms(), origins=translation.origins))


def _postings(items: Iterable[Item], name: str) -> Iterator[Posting]:
    for item in track(list(items), description=name, console=Console(stderr=True)):
        try:
            yield posting_of(item, publisher=name, now=NOW)
        except Refused as why:
            print(f"{name}: {why}", file=sys.stderr)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    sys.exit(main())
