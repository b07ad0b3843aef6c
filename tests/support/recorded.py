"""Responses of real boards, recorded, of which the project has no copy; and what a source reads of one, as the tests' tables have it."""

import os
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from services.ingest.domain.description import clean
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.source import Page, Request, Source

DATA: Final = Path(__file__).parents[3] / "shared" / "data"
TODAY: Final = date(2026, 7, 15)
RECORDED: Final = (
    ("greenhouse", "ats-fixtures/careerkit/greenhouse.json"),
    ("greenhouse", "ats-fixtures/lubobali/greenhouse_jobs.json"),
    ("lever", "ats-fixtures/careerkit/lever.json"),
    ("lever", "ats-fixtures/lubobali/lever_postings.json"),
    ("ashby", "ats-fixtures/careerkit/ashby.json"),
    ("ashby", "ats-fixtures/lubobali/ashby_jobs.json"),
    ("smartrecruiters", "ats-fixtures/careerkit/smartrecruiters.json"),
    ("recruitee", "ats-fixtures/careerkit/recruitee.json"),
    ("teamtailor", "ats-fixtures/careerkit/teamtailor.json"),
    ("pinpoint", "ats-fixtures/careerkit/pinpoint.json"),
    ("neogov", "ats-fixtures/careerkit/neogov.xml"),
    ("adzuna", "ats-fixtures/lubobali/adzuna_search.json"),
    ("remotive", "ats-fixtures/lubobali/remotive_jobs.json"),
    ("usajobs", "ats-fixtures/lubobali/usajobs_jobs.json"),
    ("workday", "ats-fixtures/lubobali/workday_job_detail.json"),
    ("remoteok", "feeds/remoteok_sample.json"),
    ("weworkremotely", "feeds/weworkremotely_sample.rss"),
)
"""Pages with postings: the source and the file."""


def recorded(name: str) -> bytes:
    """By its path in the folder of data; skipped where that is absent, which under CI is a failure."""
    if not (DATA / name).exists():
        if os.environ.get("CI"):
            pytest.fail("../shared/data is absent, and CI must have it")
        pytest.skip(f"../shared/data/{name} is absent: this test wants the recorded response")
    return (DATA / name).read_bytes()


def read(source: Source, page: bytes, url: str = "", body: dict[str, object] | None = None) -> Page:
    """Of a file, or as the answer to a request."""
    return source.read(page, Request(url, body), TODAY)


def row(stated: Stated) -> dict[str, Any]:
    """What is filled in, without the long text and the names of fields."""
    names = [field.name for field in fields(stated) if field.name not in ("description", "fields")]
    return {name: value for name in names if (value := getattr(stated, name))}


def texts(stated: Stated) -> Iterator[str]:
    """All that it states as text, but for the names of fields and what was not understood, which are as the source has them."""
    values: list[Any] = [getattr(stated, field.name) for field in fields(stated) if field.name not in ("fields", "unread")]
    while values:
        value = values.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            values += value
        elif isinstance(value, StatedPlace | StatedPay):
            values += [getattr(value, field.name) for field in fields(value)]


def lines(stated: Stated) -> list[str]:
    """The description as a reader sees it, without its empty lines."""
    return [line for line in clean(stated.description).text.splitlines() if line]
