"""Titles and names are plain text on one line, whatever pages write."""

import json
import time

import pytest

from services.ingest.sources import feed, greenhouse, jobposting, tables
from services.ingest.sources.source import Source
from services.ingest.sources.titles import plain_line
from tests.support.recorded import read


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Baker", "Baker"),
        ("<strong>Java</strong> Dev", "Java Dev"),
        ("<SPAN class='x'>Java</SPAN>Script<br/>Dev", "JavaScript Dev"),
        ("Dev &amp; Ops", "Dev & Ops"),
        ("Dev &amp;amp; Ops", "Dev & Ops"),
        ("&lt;b&gt;Java&lt;/b&gt; Dev", "Java Dev"),
        ("&amp;lt;b&amp;gt;Java&amp;lt;/b&amp;gt; Dev", "Java Dev"),
        ("R&D at AT&T &copy 2026", "R&D at AT&T &copy 2026"),
        ("Caf&eacute; &#8211; Ghent&nbsp;", "Café – Ghent"),
        ("&#0;Baker&#x200b;", "\ufffdBaker"),
        ("Developer, List<String>, a < b > c", "Developer, List<String>, a < b > c"),
        ("Baker <3", "Baker <3"),
        ("<p>Night</p>\n<p>Baker</p>", "Night Baker"),
        ("<p></p>", ""),
        (" \n", ""),
    ],
)
def test_lines(written: str, line: str) -> None:
    assert plain_line(written) == line


@pytest.mark.parametrize(
    "written", ["<a " * 30_000, "&" * 100_000, "&amp" * 30_000, "<!--" * 30_000, "<b" + " " * 100_000, "<b>" * 30_000]
)
def test_hostile_lines_take_no_time(written: str) -> None:
    started = time.process_time()
    plain_line(written)
    assert time.process_time() - started < 1


MARKED, PLAIN = "<b>Night</b> Baker &amp;amp; Cook", "Night Baker & Cook"
JOB = {"title": MARKED, "url": "https://example.com/7"}


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (greenhouse.SOURCE, {"id": 7, "title": MARKED, "company_name": MARKED, "absolute_url": "https://example.com/7"}),
        (jobposting.SOURCE, {"@type": "JobPosting", **JOB, "hiringOrganization": {"name": MARKED}}),
        (tables.SOURCE, [{**JOB, "source_id": "7", "company": MARKED}]),
    ],
    ids=["greenhouse", "jobposting", "table"],
)
def test_title_and_company_have_no_markup(source: Source, page: object) -> None:
    (stated,) = read(source, json.dumps(page).encode()).postings
    assert (stated.title, stated.company) == (PLAIN, PLAIN)


@pytest.mark.parametrize(
    "title",
    [
        "<title>&lt;b&gt;Night&lt;/b&gt; Baker &amp;amp; Cook</title>",
        "<title><![CDATA[<b>Night</b> Baker &amp; Cook]]></title>",
        '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>Night</b> Baker &amp; Cook</div></title>',
    ],
)
def test_title_of_a_feed_has_no_markup(title: str) -> None:
    page = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{title}<link href="https://example.com/7"/></entry></feed>'
    (stated,) = read(feed.SOURCE, page.encode()).postings
    assert stated.title == PLAIN
