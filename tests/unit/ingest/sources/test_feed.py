"""RSS and Atom, also where they are odd, ill-formed or cut."""

from datetime import date
from typing import Any, Final

import pytest

from services.ingest.sources.feed import SOURCE
from services.ingest.sources.source import NoPage
from tests.support.recorded import lines, read, recorded, row

WWR: Final = "https://weworkremotely.com/remote-jobs"
ATOM: Final = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Acme</title>
<entry xml:lang="en"><id>tag:example.com,2026:7</id><title type="html">Baker &amp;amp; more</title>
<link rel="enclosure" href="https://example.com/7.pdf"/><link href="https://example.com/7"/>
<author><name>A person</name></author><updated>2026-02-03T00:00:00Z</updated><published>2026-02-01T10:00:00+01:00</published>
<summary>Bread.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Bread &amp; cake.</p></div></content></entry>
<entry><title>Cook</title><link rel="self" href="https://example.com/8"/></entry></feed>"""
RDF: Final = """<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Acme</title></channel>
<item rdf:about="https://example.com/7"><title>Baker</title><link>https://example.com/7</link><dc:date>2026-02-01</dc:date></item></rdf:RDF>"""
WORDPRESS: Final = """<rss xmlns:job_listing="https://example.com/wp"><channel><item><title>Baker</title><link>https://example.com/7</link>
<job_listing:company>Acme</job_listing:company><job_listing:location>Ghent</job_listing:location>
<job_listing:job_type>Full Time</job_listing:job_type><job_listing:salary>20 an hour</job_listing:salary></item></channel></rss>"""


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Acme</title>{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>".encode()


def item(number: int, more: str = "") -> str:
    return f"<title>Baker {number}</title><link>https://example.com/{number}</link>{more}"


def rows(page: bytes) -> list[dict[str, Any]]:
    return [row(stated) for stated in read(SOURCE, page).postings]


def test_recorded_feed_by_eye() -> None:
    page = read(SOURCE, recorded("feeds/weworkremotely_sample.rss"))
    assert [(stated.title, stated.company, stated.url, stated.posted_on) for stated in page.postings] == [
        ("Gusto, Inc.: Senior Java Backend Engineer", "", f"{WWR}/gusto-inc-senior-java-backend-engineer", date(2026, 7, 22)),
        (
            "MapTiler: 🌍 Location Services Engineer | Maps Platform",
            "",
            f"{WWR}/maptiler-location-services-engineer?utm=rss",
            date(2026, 7, 21),
        ),
        ("Customer Success Manager", "", f"{WWR}/acme-customer-success-manager", date(2026, 7, 20)),
    ]
    assert [(bad.place, bad.problem) for bad in page.unreadable] == [("item.3", "link: is missing")]


def test_atom() -> None:
    page = read(SOURCE, ATOM.encode())
    (stated,) = page.postings
    assert row(stated) == {
        "source_id": "tag:example.com,2026:7",
        "title": "Baker & more",
        "url": "https://example.com/7",
        "posted_on": date(2026, 2, 1),
        "language": "en",
    }
    assert lines(stated) == ["Bread & cake."]
    assert [bad.problem for bad in page.unreadable] == ["link: has no address"]


def test_language_of_the_whole_feed_is_that_of_its_items() -> None:
    assert [found["language"] for found in rows(rss(item(1)).replace(b"<item>", b"<language>nl-be</language><item>"))] == [
        "nl-be"
    ]


def test_rss_1_0() -> None:
    assert rows(RDF.encode()) == [
        {"source_id": "https://example.com/7", "title": "Baker", "url": "https://example.com/7", "posted_on": date(2026, 2, 1)}
    ]


def test_elements_of_wordpress_say_more() -> None:
    (stated,) = read(SOURCE, WORDPRESS.encode()).postings
    assert (stated.company, [place.text for place in stated.places]) == ("Acme", ["Ghent"])
    assert (stated.employment, stated.pay_text) == (("Full Time",), "20 an hour")


@pytest.mark.parametrize(
    ("written", "day", "unread"),
    [
        ("Wed, 22 Jul 2026 23:30:00 -0700", date(2026, 7, 22), ()),
        ("22 July 2026", date(2026, 7, 22), ()),
        ("Wed, 19 Aug 2026 05:00:00:0", date(2026, 8, 19), ()),
        ("Tue, 31 Jun 2026 05:00:00 GMT", None, ("pubDate: is no date",)),
        ("yesterday", None, ("pubDate: is no date",)),
    ],
)
def test_dates(written: str, day: date | None, unread: tuple[str, ...]) -> None:
    (stated,) = read(SOURCE, rss(item(1, f"<pubDate>{written}</pubDate>"))).postings
    assert (stated.posted_on, stated.unread) == (day, unread)


NAMED = 'xmlns="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize(
    ("head", "entry", "url"),
    [
        (f"<feed {NAMED}>", '<entry><link href="7"/>', "https://came.example/feeds/7"),
        (f'<feed {NAMED}><link href="https://own.example/jobs/"/>', '<entry><link href="7"/>', "https://own.example/jobs/7"),
        (f'<feed {NAMED} xml:base="https://base.example/a/">', '<entry><link href="7"/>', "https://base.example/a/7"),
        (f'<feed {NAMED} xml:base="/a/">', '<entry xml:base="b/"><link href="7"/>', "https://came.example/a/b/7"),
        (f'<feed {NAMED} xml:base="https://base.example/">', '<entry><link href="https://e.com/7"/>', "https://e.com/7"),
        (f'<feed {NAMED} xml:base="https://[">', '<entry><link href="https://e.com/7"/>', "https://e.com/7"),
        (f"<feed {NAMED}>", '<entry><link href="https://["/>', "https://["),
    ],
)
def test_relative_links(head: str, entry: str, url: str) -> None:
    page = f"{head}{entry}<title>Baker</title></entry></feed>"
    (stated,) = read(SOURCE, page.encode(), "https://came.example/feeds/jobs.atom").postings
    assert stated.url == url


def test_relative_link_of_rss_is_on_the_channel_s_site() -> None:
    page = (
        b"<rss><channel><link>https://own.example/</link><item><title>Baker</title><link>/jobs/7</link></item></channel></rss>"
    )
    (stated,) = read(SOURCE, page).postings
    assert (stated.url, stated.source_id, stated.company) == ("https://own.example/jobs/7", "https://own.example/jobs/7", "")


@pytest.mark.parametrize(
    ("name", "written", "day"),
    [
        ("pubDate", "2026-08-03T10:00:00Z", date(2026, 8, 3)),
        ("pubDate", "Mon, 03 Aug 2026 10:00:00 GMT", date(2026, 8, 3)),
        ("published", "3 Aug 2026", date(2026, 8, 3)),
        ("pubDate", "03/08/2026", None),
    ],
)
def test_dates_of_either_kind(name: str, written: str, day: date | None) -> None:
    page = (
        f"<rss><channel><item><title>Baker</title><link>https://e.com/7</link><{name}>{written}</{name}></item></channel></rss>"
    )
    (stated,) = read(SOURCE, page.encode()).postings
    assert stated.posted_on == day
    assert stated.unread == (() if day else (f"{name}: is no date",))


def test_entities_of_html_and_bare_ampersands_are_read() -> None:
    page = b"<rss><channel><item><title>Caf&eacute; &amp; B&B&nbsp;&#8211; &copy;</title><link>https://e.com?a=1&b=2</link></item></channel></rss>"
    (stated,) = read(SOURCE, page).postings
    assert (stated.title, stated.url) == ("Café & B&B – ©", "https://e.com?a=1&b=2")


def test_description_as_elements_is_html() -> None:
    (stated,) = read(SOURCE, rss(item(1, "<description>Bread <b>and</b> cake.<br/>Daily.</description>"))).postings
    assert lines(stated) == ["Bread and cake.", "Daily."]


def test_item_in_which_the_feed_ends_is_told() -> None:
    whole = rss(item(1), item(2), item(3, "<description>" + "Bread. " * 50 + "</description>"))
    page = read(SOURCE, whole[: whole.index(b"Bread. Bread.") + 100])
    assert [stated.title for stated in page.postings] == ["Baker 1", "Baker 2"]
    assert [(bad.place, bad.problem) for bad in page.unreadable] == [("item.2", "the feed ends inside it")]


def test_feed_that_ends_between_items_lost_nothing_of_them() -> None:
    whole = rss(item(1), item(2))
    page = read(SOURCE, whole[: whole.index(b"</channel>")])
    assert ([stated.title for stated in page.postings], list(page.unreadable)) == (["Baker 1", "Baker 2"], [])


def test_nothing_is_fetched_and_no_file_read_for_an_entity() -> None:
    page = b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rss(item(1, "<description>a&x;b</description>"))
    (stated,) = read(SOURCE, page).postings
    assert stated.description in {"a&x;b", "ab", "a"}


@pytest.mark.parametrize(
    "page", [b"", b" ", b"<", b"text", b'{"a": 1}', b"<html><body/></html>", b"\0\1", b"<rss", b"<a>" * 5000]
)
def test_what_is_no_feed_is_no_page(page: bytes) -> None:
    if page == b"<rss":
        assert not read(SOURCE, page + b">").postings
        return
    with pytest.raises(NoPage):
        read(SOURCE, page)
