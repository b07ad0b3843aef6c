"""`POST /v1/explain`: why a posting matches a filter, or why not."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.filter.asked import AskedFilter
from schemas.posting import Posting
from services.matcher.explain import Explanation, explain

router = APIRouter(prefix="/v1", tags=["filters"])


class Question(BaseModel):
    """A filter and a posting."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    filter: AskedFilter
    """A tree, in which `keywords` may be text, or just that text."""
    posting: Posting
    """As it is on `postings`."""


@router.post("/explain")
async def explained(question: Question) -> Explanation:
    """Each clause of the filter, whether it holds for the posting, and why. Nothing is kept."""
    return explain(question.filter, question.posting, now=datetime.now(UTC))
