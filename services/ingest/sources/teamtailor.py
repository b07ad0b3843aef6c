"""Teamtailor: a company's career site has a JSON Feed of its postings, and in each item a schema.org `JobPosting`."""

from dataclasses import replace
from datetime import date
from typing import Final

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated
from services.ingest.sources import jobposting
from services.ingest.sources.addresses import parse
from services.ingest.sources.jsonfeed import NAMES, body, feed_page
from services.ingest.sources.reading import Cursor, told
from services.ingest.sources.source import Page, Request, Source


def begin(address: str) -> Request | None:
    """A career site in Teamtailor's domain, or the address of any site's feed ("https://careers.example.com/jobs.json")."""
    found = parse(address)
    if found is None or not (found.host.endswith(".teamtailor.com") or found.parts == ("jobs.json",)):
        return None
    return Request(f"https://{found.host}/jobs.json")


def read(page: bytes, _request: Request, _today: date) -> Page:
    """A feed is titled with the company's name."""
    return feed_page(page, _posting)


def _posting(item: Cursor, whole: Cursor) -> Stated:
    text = body(item)
    name, title, url = item.identifier("id"), item.required_line("title"), item.required("url")
    posting = jobposting.posting(item.at("_jobposting"), source_id=name, title=title, url=url)
    said = bool(item.text(text).strip())
    stated = replace(
        posting,
        company=posting.company or whole.line("title"),
        description=item.text(text) if said else posting.description,
        posted_on=item.day("date_published") or posting.posted_on,
    )
    theirs = {ours: f"_jobposting.{name}" for ours, name in posting.fields.items()}
    names = {**theirs, "source_id": "id", "url": "url", "title": "title"}
    if said:
        names["description"] = text
    if item.day("date_published"):
        names["posted_on"] = NAMES["posted_on"]
    return told(item, stated, names if posting.company else {**names, "company": "feed.title"})


SOURCE: Final = Source(
    name="teamtailor",
    title="Teamtailor",
    terms=Terms(url="", read_on=None, may_republish=False),
    address="https://COMPANY.teamtailor.com",
    begin=begin,
    read=read,
)
