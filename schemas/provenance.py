"""Where the fields of a posting come from, how its text is divided, and what its source asks of whoever shows it."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from schemas.contract import Contract

SectionKind = Literal["about", "responsibilities", "requirements", "preferred", "benefits", "pay", "process", "legal"]


class Origin(Contract):
    """What says the value of one field: a field of the source, or a sentence of the posting's title or text; of a skill the
    words that name it, of the language all of the text.

    A field without one is told by its publisher in so many words, or is absent.
    """

    field: str = Field(max_length=100)
    """Of the posting: "pay", "places"; of a skill that a text names, "skills.Python"."""
    stated_as: str = Field(default="", max_length=200)
    """The source's own name of the field that says it ("jobLocation"); empty where a sentence does."""
    where: Literal["title", "text"] = "text"
    start: int = Field(default=0, ge=0)
    """With `end`, where the sentence stands there (offsets in characters); both are 0 where a field says it."""
    end: int = Field(default=0, ge=0)


class Section(Contract):
    """A part of the text under a heading."""

    kind: SectionKind | None = None
    """What it is about; absent where its heading does not tell."""
    heading: str = Field(max_length=200)
    start: int = Field(ge=0)
    """With `end`, where what stands under the heading is in the text (offsets in characters)."""
    end: int = Field(ge=0)


class Terms(Contract):
    """The terms of use of a source's data. They travel with each of its postings."""

    url: str = Field(default="", max_length=2000)
    """Where they are published; empty where each publisher has their own."""
    read_on: date | None = None
    """When they were read; absent where nobody has."""
    attribution: str = Field(default="", max_length=500)
    """What has to be shown beside a posting, linked to it ("Jobs by Adzuna"); empty where nothing has."""
    delay: timedelta = timedelta(0)
    """For which what it says may not be passed on."""
    may_republish: bool = True
