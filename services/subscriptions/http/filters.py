"""`/v1/filters`: what a filter means, before anybody subscribes to it."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.filter.asked import AskedFilter
from schemas.filter.description import described
from schemas.filter.syntax import written
from schemas.filter.tree import Filter
from schemas.filter.warning import Warned, warnings
from services.subscriptions.domain.text import Input
from services.subscriptions.http.bodies import ProblemBody
from services.subscriptions.http.route import ProblemRoute

router = APIRouter(prefix="/v1/filters", route_class=ProblemRoute, tags=["filters"], responses={422: {"model": ProblemBody}})


class FilterQuestion(Input):
    """A filter as text or tree."""

    filter: AskedFilter
    """A tree, in which `keywords` may be text, or just that text: `"machine learning" (pytorch or jax) -senior`."""


class FilterBody(BaseModel):
    """What a filter means."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    filter: Filter
    """As it would be stored."""
    text: str
    """Its keywords in the one way they are written here; empty where it has none."""
    description: list[str]
    """All its clauses in words."""
    warnings: list[Warned]
    """Clauses that can hardly be meant: those that never match, and a filter that takes nearly everything."""


@router.post("")
def explain_filter(question: FilterQuestion) -> FilterBody:
    """Parse a filter and say what it means. Nothing is kept; needs no key. What is wrong is named with its field, and in
    keywords with the character.
    """
    filter = question.filter  # in a thread: the largest takes tens of milliseconds, and others do not wait for it
    return FilterBody(
        filter=filter,
        text=written(filter.keywords) if filter.keywords else "",
        description=described(filter),
        warnings=warnings(filter),
    )
