"""What ingest reads out of real texts, to be read by a person: `python -m benchmarks.derived FIELD --seed N`.

Prints the share of postings with the field, what one costs, and random rows: the value beside its words. With `--hints` it
prints texts in which nothing was found though a hint of it stands there.
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from services.ingest.domain.derived import Derived
from services.ingest.domain.description import clean
from services.ingest.domain.employment import employment_in
from services.ingest.domain.pay import pay_in
from services.ingest.domain.remote_from import remote_from_in
from services.ingest.domain.workplace import workplace_in

DATA: Final = Path(__file__).parents[2] / "shared" / "data"
COMMENTS: Final = 2000
"""Of "Who is hiring", drawn at random, always the same."""
AROUND: Final = 90


class Real(NamedTuple):
    """A real posting. `countries` are those of its places, where they are known."""

    source: str
    title: str
    text: str
    countries: tuple[str, ...]


class Field(NamedTuple):
    derive: Callable[[Real], Derived[Any] | None]
    hint: re.Pattern[str]
    """What stands in a text that may say it."""


def pay(real: Real) -> Derived[Any] | None:
    return pay_in(real.text, real.countries)


def employment(real: Real) -> Derived[Any] | None:
    return employment_in(real.title, real.text)


def workplace(real: Real) -> Derived[Any] | None:
    return workplace_in(real.title, real.text)


def remote(real: Real) -> Derived[Any] | None:
    return remote_from_in(real.text)


FIELDS: Final = {
    "employment": Field(
        employment, re.compile(r"(?i)\b(?:full|part)[ -]?time\b|\binternship\b|\bcontractor|temporary (?:role|position)")
    ),
    "workplace": Field(workplace, re.compile(r"(?i)\bremote\b|\bhybrid\b|\bon-?site\b|telecommut")),
    "remote_from": Field(remote, re.compile(r"(?i)\bremote\b.{0,20}\b(?:US|USA|UK|EU|Europe|Canada|only)\b")),
    "pay": Field(pay, re.compile(r"(?i)salary|compensation|\d ?k\b|[$€£] ?\d\d")),
}


def real_postings() -> Iterator[Real]:
    """All of newgrad2027, and of the comments a sample, whose first line is their title."""
    for row in _rows("newgrad2027-postings/postings.jsonl.gz"):
        country = ("US",) if row["country"].startswith("United States") else ()
        yield Real("newgrad", row["title"], clean(f"{row['description']}\n\n{row['requirements']}").text, country)
    for row in random.Random(2018).sample(list(_rows("hn-who-is-hiring/2018.jsonl.gz")), COMMENTS):
        text = clean(row["full_html"]).text
        yield Real("comment", text.partition("\n")[0][:300], text, ())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("field", choices=sorted(FIELDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--hints", action="store_true", help="texts with a hint where nothing was found")
    arguments = parser.parse_args()
    field, real = FIELDS[arguments.field], list(real_postings())
    started = time.perf_counter()
    derived = [field.derive(one) for one in real]
    taken = (time.perf_counter() - started) / len(real)
    for source in ("newgrad", "comment"):
        of_source = [bool(found) for one, found in zip(real, derived, strict=True) if one.source == source]
        print(f"{source}: {sum(of_source):,} of {len(of_source):,} ({sum(of_source) / len(of_source):.1%})")
    print(f"{taken * 1e6:.0f} us a posting\n")
    pairs = list(zip(real, derived, strict=True))
    random.Random(arguments.seed).shuffle(pairs)
    shown = _missed(pairs, field) if arguments.hints else _found(pairs)
    for _, line in zip(range(arguments.rows), shown, strict=False):
        print(line)
    return 0


def _found(pairs: list[tuple[Real, Derived[Any] | None]]) -> Iterator[str]:
    for one, found in pairs:
        if found:
            words = _marked(one.title if found.where == "title" else one.text, found.start, found.end)
            yield f"{one.source} {found.value!s}\n    {one.title[:100]}\n    {words}"


def _missed(pairs: list[tuple[Real, Derived[Any] | None]], field: Field) -> Iterator[str]:
    for one, found in pairs:
        if not found and (hint := field.hint.search(one.text) or field.hint.search(one.title)):
            yield f"{one.source} {one.title[:100]}\n    {_marked(hint.string, *hint.span())}"


def _marked(text: str, start: int, end: int) -> str:
    shown = f"{text[max(0, start - AROUND) : start]}>>{text[start:end]}<<{text[end : end + AROUND]}"
    return " ".join(shown.split())


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    sys.exit(main())
