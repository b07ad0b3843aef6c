"""What no field of a posting says is read out of its title and its text, each value with the sentence that says it.

What is not said there either is absent. The text's headed sections are found too.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from schemas.posting import Posting
from schemas.provenance import Origin, Section
from services.ingest.domain.applicable import applicable
from services.ingest.domain.degree import degree_in
from services.ingest.domain.derived import Derived
from services.ingest.domain.employment import employment_in
from services.ingest.domain.experience import experience_in
from services.ingest.domain.language import language_in
from services.ingest.domain.pay import pay_in
from services.ingest.domain.remote_from import remote_from_in, residence_in
from services.ingest.domain.sections import sections
from services.ingest.domain.seniority import seniority_in
from services.ingest.domain.sentence import sentence_at
from services.ingest.domain.skills import skills_in
from services.ingest.domain.workplace import workplace_in

_READINGS: Final[dict[str, Callable[[Posting, str], Derived[Any] | None]]] = {
    "workplace": lambda posting, text: workplace_in(posting.title, text),
    "remote_from": lambda posting, text: _remote_from(posting, text),  # noqa: PLW0108 -- it stands below
    "employment_types": lambda posting, text: employment_in(posting.title, text),
    "pay": lambda posting, text: pay_in(text, {place.country for place in posting.places if place.country}),
    "seniority": lambda posting, text: seniority_in(posting.title, text),
    "degree": lambda _, text: degree_in(text),
    "experience_years": lambda posting, text: experience_in(posting.title, text),
}
"""Of a posting and the part of its text that speaks of this job."""


def enrich(posting: Posting) -> Posting:
    """The same posting with what its title and text say. What it has stays as it is."""
    text = applicable(posting.text)
    found = dict(_read(posting, text))
    values: dict[str, Any] = {name: derived.value for name, derived in found.items()}
    parts = sections(posting.text, posting.html)
    values["sections"] = parts
    origins = [_origin(posting, name, derived, parts) for name, derived in found.items()]
    if not posting.skills and (skills := skills_in(posting.title, text)):
        values["skills"] = tuple(skill.value for skill in skills)
        origins += map(_mention, skills)
    if not posting.language and (language := language_in(posting.text)):
        values["language"] = language
        origins.append(Origin(field="language", end=len(posting.text)))
    values["origins"] = (*posting.origins, *origins)
    return posting.model_copy(update=values)


def _read(posting: Posting, text: str) -> Iterator[tuple[str, Derived[Any]]]:
    for name, reading in _READINGS.items():
        if getattr(posting, name) in (None, ()) and (derived := reading(posting, text)) is not None:
            yield name, derived


def _remote_from(posting: Posting, text: str) -> Derived[tuple[str, ...]] | None:
    """Where the people of a job must live is said of remote work only where the job is remote."""
    if found := remote_from_in(text):
        return found
    residence = residence_in(text)
    return residence if residence and _is_remote(posting, text) else None


def _is_remote(posting: Posting, text: str) -> bool:
    if posting.workplace:
        return posting.workplace == "remote"
    found = workplace_in(posting.title, text)
    return bool(found and found.value == "remote")


def _mention(skill: Derived[str]) -> Origin:
    """The words that name it: of a dozen skills the sentences would be most of the text."""
    return Origin(field=f"skills.{skill.value}", where=skill.where, start=skill.start, end=skill.end)


def _origin(posting: Posting, name: str, derived: Derived[Any], parts: Sequence[Section]) -> Origin:
    """The whole title, or the whole sentence of the text; a heading that an export glued to it is no part of it."""
    if derived.where == "title":
        return Origin(field=name, where="title", start=0, end=len(posting.title))
    start, end = sentence_at(posting.text, derived.start, derived.end)
    if part := next((part for part in parts if part.start <= derived.start and derived.end <= part.end), None):
        start, end = max(start, part.start), min(end, part.end)
    return Origin(field=name, start=start, end=end)
