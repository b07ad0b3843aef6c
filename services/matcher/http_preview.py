"""`POST /v1/preview`: what a filter would find among the open postings, before anybody subscribes to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict

from runtime.http import Problem
from schemas.filter.asked import AskedFilter
from schemas.filter.codes import CLAUSE_OF
from schemas.filter.syntax import written
from schemas.filter.tree import Filter
from schemas.filter.warning import NEVER, Warned, warnings
from schemas.posting import PostingSummary
from services.matcher import metrics
from services.matcher.domain.page import Cursor, cursor
from services.matcher.preview import Found, Previewer
from services.matcher.turns import Busy

_SOON: Final = 3
"""Seconds after which one who was refused may ask again."""
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    503: {
        "description": "Postings are still being read, or too many ask: `Retry-After` says after how many seconds to ask again."
    }
}
_ANSWER = ConfigDict(frozen=True, use_attribute_docstrings=True, from_attributes=True)


def _read_cursor(sent: Any) -> Any:
    if sent is None:
        return None
    try:
        if not isinstance(sent, str):
            raise ValueError  # noqa: TRY004 -- JSON's array would pass for a cursor, which is a tuple
        return cursor(sent)
    except ValueError:
        raise ValueError("is no cursor that was given here: take `next` of the answer before, as it is") from None


After = Annotated[Cursor | None, BeforeValidator(_read_cursor, json_schema_input_type=str | None)]


class PreviewQuestion(BaseModel):
    """A filter, and where to go on."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    filter: AskedFilter
    """A tree, in which `keywords` may be text, or just that text: `"machine learning" (pytorch or jax) -senior`."""
    after: After = None
    """`next` of the answer before; absent for the newest."""


class OpenPosting(BaseModel):
    """A posting that is open and matches."""

    model_config = _ANSWER

    opened_at: datetime
    posting: PostingSummary


class OpenedInWeek(BaseModel):
    """Seven days, and how many postings that match opened in them, those that have closed since included."""

    model_config = _ANSWER

    begins_at: datetime
    opened: int


class FacetValue(BaseModel):
    """A value, and how many of the open postings that match have it."""

    model_config = _ANSWER

    value: str
    postings: int


class Facets(BaseModel):
    """What the open postings that match have in common: of each fact the ten most frequent values.

    A posting with several values of a fact (kinds of employment, visas, places) counts for each, once; one that does not say is
    in none. Where a remote worker may live counts as a place, as it does for filters.
    """

    model_config = _ANSWER

    workplaces: list[FacetValue]
    employment_types: list[FacetValue]
    seniorities: list[FacetValue]
    sponsorship: list[FacetValue]
    """What they say of sponsorship: the verdict."""
    visa_types: list[FacetValue]
    """Named by those that sponsor."""
    countries: list[FacetValue]
    states: list[FacetValue]
    """With their country: `WA, US`."""
    cities: list[FacetValue]
    """With state and country: `Seattle, WA, US`."""
    companies: list[FacetValue]
    """Different ways to write a name count together."""
    sources: list[FacetValue]
    languages: list[FacetValue]


class Preview(BaseModel):
    """What a filter would find, all of it at one moment.

    `posted_within` means for `matching`, `newest` and `facets` what a person expects of a search: so many days before today.
    For `weeks` it is counted to the day on which each posting opened, as for an alert: they tell what the filter will bring.
    """

    model_config = _ANSWER

    filter: Filter
    """As it would be stored."""
    text: str
    """Its keywords in the one way they are written here; empty where it has none."""
    warnings: list[Warned]
    """Clauses that can hardly be meant: those that never match, or leave no open posting, and filters that take nearly all."""
    matching: int
    """Open postings that match."""
    weeks: list[OpenedInWeek]
    """The last four full weeks, 28 days that end now, the oldest first. Exact: a posting that closed is known for 30 days.
    One that opened again counts by its last opening, and every posting by what it says now."""
    newest: list[OpenPosting]
    """At most 20, by when they opened."""
    next: str | None
    """To be sent as `after` for those that opened before; null where there are no more."""
    facets: Facets


def make_router(previewer: Previewer, is_ready: Callable[[], bool]) -> APIRouter:
    """Routes under /v1."""
    router = APIRouter(prefix="/v1", tags=["filters"])

    @router.post("/preview", responses=_RESPONSES)
    def preview(question: PreviewQuestion) -> Preview:
        """How many open postings a filter finds, how many a week, the newest, and what they have in common. Nothing is kept."""
        # In a thread: postings are taken in and health is told meanwhile.
        if not is_ready():
            raise Problem(503, "postings are still being read: ask again in a minute", again_in=60)
        try:
            found = previewer.preview(question.filter, after=question.after, now=datetime.now(UTC))
        except Busy:
            metrics.preview_refused.inc()
            raise Problem(503, "too many ask at the same time: ask again in a few seconds", again_in=_SOON) from None
        return _told(question.filter, found)

    return router


def _warnings(filter: Filter, found: Found) -> list[Warned]:
    """What was counted is not contradicted by a guess. Which clause leaves nothing is said where no better reason is."""
    told = warnings(filter, is_narrow=found.whenever * 2 < found.of)
    if found.emptied is None or any(one.problem.startswith(NEVER) for one in told):
        return told
    code, left = found.emptied
    which = f"the {left:,} open postings" + ("" if left == found.of else " that are left by clauses looked at before")
    return [*told, Warned(clause=CLAUSE_OF[code], problem=f"takes none of {which}")]


def _told(filter: Filter, found: Found) -> Preview:
    return Preview(
        filter=filter,
        text=written(filter.keywords) if filter.keywords else "",
        warnings=_warnings(filter, found),
        matching=found.matching,
        weeks=[OpenedInWeek.model_validate(week) for week in found.weeks],
        newest=[
            OpenPosting(opened_at=opened_at, posting=PostingSummary.model_validate_json(summary))
            for opened_at, summary in found.newest
        ],
        next=found.more.text() if found.more else None,
        facets=Facets.model_validate(found.tally),
    )
