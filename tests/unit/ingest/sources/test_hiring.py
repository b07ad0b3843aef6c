""" "Who is hiring" comments: what reading recorded first lines by eye gives, and odd ones of our own writing."""

import gzip
import html
import json
from functools import cache
from typing import Any, Final

import pytest

from services.ingest.domain.stated import Stated
from services.ingest.sources.headline import headline
from services.ingest.sources.hiring import SOURCE
from services.ingest.sources.source import NoPage, Page
from tests.support.recorded import read, recorded

# 28 of a draw of 60, those that are plain to read. Comment; company, title ("" where none is named), places, workplace, remote from, employment, pay.
BY_EYE: Final[dict[str, tuple[str, str, str, str, str, str, str]]] = {
    "16493473": ("Caper", "Full Stack Engineer", "New York", "ONSITE", "", "Fulltime", "$80k - $120k + equity + benefits"),
    "16289431": ("MiNODES", "Data Scientists & Software Engineers", "Berlin, Germany", "ONSITE", "", "full-time", ""),
    "16286758": ("Sigfig", "Software Engineers", "San Francisco; Calgary", "ONSITE", "", "Fulltime", ""),
    "16283980": ("FixtHub", "", "Manhattan; NYC", "ONSITE", "", "Full Time", ""),
    "16055094": ("Fujitsu TDS GmbH", "", "Germany", "ONSITE, Remote", "", "", ""),
    "16288959": ("SPOTIFY", "iOS & Android Engineers", "Stockholm; Gothenburg, Sweden", "Onsite only", "", "Full-time", ""),
    "16493519": ("", "", "Redwood City, CA", "ONSITE", "", "Full time", ""),
    "16284988": ("Ebates", "", "San Mateo, CA; San Diego, CA", "Onsite", "", "", ""),
    "16285465": ("Shogun", "Mid-Senior Full Stack Engineer", "", "REMOTE, ON SITE", "", "", "$100-$140k + generous equity"),
    "16735611": ("OpenLaw", "Full Stack Developers and Product Manager", "Brooklyn", "REMOTE", "", "", ""),
    "16052664": (
        "Built For Me Inc.", "Senior Software Engineer", "Seattle; New York; San Francisco", "Remote", "US-only", "Full Time", "$150k-$250k",
    ),
    "16053632": ("Discord", "Senior Engineers", "San Francisco", "ONSITE", "", "", ""),
    "16736899": ("TileDB, Inc.", "Senior Software Engineer", "Cambridge, MA", "REMOTE", "US", "FULL-TIME", ""),
    "16283366": ("Aha!", "Rails / Devops / Front End", "", "REMOTE", "", "", ""),
    "16737108": ("Co—Star Astrology", "Software Developer", "Brooklyn, NY", "On-site", "", "Full-time", ""),
    "16493720": ("Nexedi", "", "Lille; Munich; Paris; Tokyo", "ONSITE", "", "FULL TIME; INTERNS", ""),
    "16283748": ("SwiftDemand", "Blockchain Developer", "San Francisco, CA", "ONSITE", "", "", ""),
    "16500004": ("Kialo", "Full Stack Web Developer", "Berlin, Germany", "ONSITE", "", "Full-time", "€55k-€90k"),
    "16057629": ("University of California", "Application Developer", "Irvine, California", "ONSITE", "", "", ""),
    "16060741": ("CoderPact", "", "", "Remote", "", "Contract", ""),
    "16736697": ("FanThreeSixty", "Lead/Senior Software Developer", "Austin, TX; Kansas City, MO", "ONSITE", "", "", ""),
    "16494834": ("NetDocuments", "UX Designer (Full Time)", "Salt Lake City; Atlanta", "", "", "", ""),
    "16284292": ("KEA", "", "Bay Area", "remote, onsite", "", "Full-time; interns", ""),
    "16284846": ("NBC News", "", "New York, NY", "Onsite", "", "Full-time", ""),
    "16067701": ("Waldo Photos", "Front-End/Full-Stack Engineer", "Austin, TX", "ONSITE, REMOTE", "", "Full-time", "$80k - $100k"),
    "16493367": ("Royal Circuits", "Full-Stack Dev", "Bay Area; Hollister, CA", "ONSITE", "", "Full-Time", ""),
    "16495330": ("GetYourGuide", "Multiple Positions", "Berlin; Zurich", "ONSITE", "", "", ""),
    "16736358": ("keybase", "", "NYC; San Francisco; Chicago", "ONSITE", "", "Full-time", ""),
}  # fmt: skip
NO_POSTING: Final = ("16735221", "16499060", "16057224")
"""Praise, thanks and a script."""


@cache
def comments() -> list[dict[str, str]]:
    lines = gzip.decompress(recorded("hn-who-is-hiring/2018.jsonl.gz")).splitlines()
    return [json.loads(line) for line in lines]


@cache
def thread() -> Page:
    """The recorded comments, as the API would tell them."""
    children = [{"id": int(one["url"].partition("=")[2]), "text": one["full_html"]} for one in comments()]
    return read(SOURCE, json.dumps({"children": children}).encode())


def postings() -> dict[str, Stated]:
    return {stated.source_id: stated for stated in thread().postings}


@pytest.mark.parametrize("number", BY_EYE)
def test_recorded_first_lines_by_eye(number: str) -> None:
    stated = postings()[number]
    titled = stated.title if "|" not in stated.title and "News -" not in stated.title else ""
    assert (
        stated.company,
        titled,
        "; ".join(place.text for place in stated.places),
        stated.workplace,
        "; ".join(stated.remote_from),
        "; ".join(stated.employment),
        stated.pay_text,
    ) == BY_EYE[number]
    assert stated.url == f"https://news.ycombinator.com/item?id={number}"


@pytest.mark.parametrize("number", NO_POSTING)
def test_recorded_chatter_is_no_posting(number: str) -> None:
    (bad,) = (bad for bad in thread().unreadable if isinstance(bad.raw, dict) and bad.raw["id"] == int(number))
    assert bad.problem == "text: its first line has no fields between |"


def test_nearly_all_recorded_comments_are_read() -> None:
    assert len(thread().postings) + len(thread().unreadable) == len(comments())
    assert len(thread().postings) > 0.92 * len(comments())
    for name, share in {"company": 0.97, "places": 0.87, "workplace": 0.9, "employment": 0.66}.items():
        assert sum(bool(getattr(stated, name)) for stated in thread().postings) > share * len(thread().postings), name


@pytest.mark.parametrize(
    ("line", "company", "titles", "places", "remote_from"),
    [
        ("Acme (YC W16, https://example.com) | Baker's Assistant | Houston, TX, Oslo, Norway", "Acme", ["Baker's Assistant"], ["Houston, TX", "Oslo, Norway"], []),
        ("Example.com | Developer | Remote", "Example.com", ["Developer"], [], []),
        ("Berlin, Germany | Breadworks | Developer", "Breadworks", ["Developer"], ["Berlin, Germany"], []),
        ("Dallas, TX | Developer | Onsite", "", ["Developer"], ["Dallas, TX"], []),
        ("Acme - Denver, CO | C++ Developer | Full-time", "Acme", ["C++ Developer"], ["Denver, CO"], []),
        ("Acme - ONSITE - Developer - Montreal", "Acme", ["Developer"], ["Montreal"], []),
        ("Acme | Developer | Remote (US, Canada)", "Acme", ["Developer"], [], []),
        ("Acme | Developer | Remote US & Canada", "Acme", ["Developer"], [], ["US", "Canada"]),
        ("Acme | Developer | REMOTE | USA only", "Acme", ["Developer"], [], ["USA"]),
        ("Acme | Developer | Remote | Anywhere", "Acme", ["Developer"], [], ["Anywhere"]),
        ("Acme | Developer | Python / Haskell | Onsite", "Acme", ["Developer"], [], []),
        ("Acme | Developer | Visa, Relocation | Paris, France", "Acme", ["Developer"], ["Paris, France"], []),
    ],
)  # fmt: skip
def test_first_lines(line: str, company: str, titles: list[str], places: list[str], remote_from: list[str]) -> None:
    said = headline(line)
    assert said is not None
    assert (said.company, said.titles, said.places, said.remote_from) == (company, titles, places, remote_from)


@pytest.mark.parametrize(
    "line", ["", "|", "| |", "Acme", "Acme | bread", "We - all of us - love bread", "Is anyone hiring bakers?"]
)
def test_lines_that_say_nothing_of_a_posting(line: str) -> None:
    assert headline(line) is None


def page(*texts: Any) -> Page:
    return read(SOURCE, json.dumps({"children": [{"id": 7, "text": text} for text in texts]}).encode())


def test_first_line_ends_at_the_paragraph_and_links_stand_in_full() -> None:
    shown = html.escape("https://example.com/careers")
    (stated,) = page(
        f'Acme &amp; Co | Ghent, Belgium | <a href="{shown}" rel="nofollow">https:...</a><p>Onsite | Intern'
    ).postings
    assert (stated.company, stated.title, stated.workplace) == ("Acme & Co", "Acme & Co | Ghent, Belgium", "")
    assert stated.description.endswith("Onsite | Intern")


def test_deleted_comment_is_nothing() -> None:
    assert page(None, "") == Page([], [])


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"children": 7}'])
def test_what_is_no_thread_is_no_page(body: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, body)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://news.ycombinator.com/item?id=16052538", "https://hn.algolia.com/api/v1/items/16052538"),
        ("https://news.ycombinator.com/item?id=../x", None),
        ("https://example.com/item?id=7", None),
    ],
)
def test_addresses(address: str, url: str | None) -> None:
    first = SOURCE.begin(address)
    assert (first.url if first else None) == url
