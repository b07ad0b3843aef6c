"""`POST /v1/explain`: why a posting matches a filter, or why not."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.filter.asked import AskedFilter
from schemas.posting import Posting
from services.matcher.explain import Explanation, explain

BODY_LIMIT: Final = 512 * 1024
"""Bytes: a posting has up to 340,000, and a filter with every list full 100,000."""

router = APIRouter(prefix="/v1", tags=["filters"])


class Question(BaseModel):
    """A filter and a posting."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    filter: AskedFilter
    """A tree, in which `keywords` may be text, or just that text."""
    posting: Posting
    """As it is on `postings`."""


@router.post("/explain")
def explained(question: Question) -> Explanation:
    """Each clause of the filter, whether it holds for the posting, and why. Nothing is kept."""
    # In a thread: what may be sent can take long, and postings do not wait for it.
    return explain(question.filter, question.posting, now=datetime.now(UTC))
