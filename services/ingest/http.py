"""The publishers' door: pushes, closures and questions enter by HTTP; receipts and problem details (RFC 9457) leave.

The body of a push is read by `domain.document`, not by FastAPI, so that one bad item leaves its neighbours alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict

from runtime import logs
from runtime.errors import Transient
from runtime.http import Problem, problem
from runtime.postgres import Pool
from services.ingest.authenticate import NotAuthenticated, authenticate
from services.ingest.close import UnknownPosting, close
from services.ingest.domain.batch import Item
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.push import MAXIMUM_ITEMS, Push, Title
from services.ingest.domain.receipt import Answer
from services.ingest.http_rejections import make_rejections_router
from services.ingest.record import record
from services.ingest.retry import CannotRetry, Overtaken, UnknownRejection
from services.ingest.store import transaction
from services.ingest.store.postings import PostingRow, fetch_posting

log = logs.get("ingest.http")

DESCRIPTION: Final = """Publishers push postings, close them, and look at what could not be taken.

Each request carries the publisher's API key: `Authorization: Bearer jai_...`. What was answered with 202 is kept; the same push
again changes nothing, so after a time-out or a 503 send it again."""
_RETRY: Final = "2"
"""Seconds until a client should try again when the database is away."""
_EXAMPLE: Final = {
    "source_id": "ml-2041",
    "title": "Machine Learning Engineer",
    "company": "Lodestar Robotics",
    "url": "https://jobs.example.com/ml-2041",
    "description": "<p>Train perception models.</p><p>We sponsor H-1B visas.</p>",
    "places": [{"city": "Mountain View", "state": "CA", "country": "US"}],
    "workplace": "hybrid",
    "employment_types": ["full_time"],
    "pay": {"minimum": 170000, "maximum": 216000, "currency": "USD", "period": "year"},
    "posted_on": "2026-08-01",
    "skills": ["Python", "PyTorch"],
    "sponsorship": {"value": "offered", "visas": ["H-1B"], "sentence": "We sponsor H-1B visas."},
}
_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_PUSH: Final = {"$ref": "#/components/schemas/Push"}
_PUSH_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_PUSH, {"type": "array", "items": _PUSH, "minItems": 1, "maxItems": MAXIMUM_ITEMS}]},
                "examples": {"one": {"value": _EXAMPLE}, "several": {"value": [_EXAMPLE]}},
            }
        },
    }
}
_PUSH_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "At least one item was taken, or was known already: `items` tells of each."},
    400: {"description": "The body is not JSON; `detail` says in which line and column.", **_PROBLEM},
    413: {"description": "The body is too long.", **_PROBLEM},
    422: {"description": "No item could be taken (`items` says why), or the array has none or too many.", **_PROBLEM},
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "There is no API key that counts.", **_PROBLEM},
    503: {"description": "The database is away. Send the same again after `Retry-After` seconds.", **_PROBLEM},
}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "No posting of yours has this id.", **_PROBLEM}}
_STATUS: Final = {UnknownPosting: 404, UnknownRejection: 404, Overtaken: 409, CannotRetry: 422}
_bearer = HTTPBearer(auto_error=False, description="The publisher's API key, as `publisher create` printed it.")


class Closing(BaseModel):
    """Why a posting is closed; may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Title | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of a closure: `unchanged` where the posting was closed already."""

    id: UUID
    status: Literal["accepted", "unchanged"]


_CLOSE_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "It was closed already.", "model": Closed},
    202: {"description": "It was open and is closed now."},
}


def add_api(app: FastAPI, pool: Pool, wake: Callable[[], None]) -> None:
    """Everything under /v1, and what it answers when something is wrong."""
    app.include_router(make_router(pool, wake))
    app.add_exception_handler(NotAuthenticated, _not_authenticated)
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _refusal(status))
    app.add_exception_handler(Transient, _unavailable)
    _show_push_format(app)


def make_router(pool: Pool, wake: Callable[[], None]) -> APIRouter:
    """The routes. Every one of them sees the publisher's own postings only."""
    router = APIRouter(prefix="/v1", tags=["postings"], responses=_RESPONSES)

    async def own(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Publisher:
        return await authenticate(pool, credentials.credentials if credentials else "")

    @router.post("/postings", status_code=202, responses=_PUSH_RESPONSES, openapi_extra=_PUSH_BODY)
    async def push(request: Request, publisher: Annotated[Publisher, Depends(own)]) -> Answer:
        """Push one posting, or an array of up to 500. Each is answered for itself; 422 where none could be taken."""
        items = items_of(await request.body())
        answer = await record(pool, wake, publisher=publisher, items=items, now=datetime.now(UTC))
        if answer.counts.rejected == len(items):
            raise Problem(422, "no item could be taken; `items` says why", **answer.model_dump(mode="json"))
        return answer

    @router.post("/postings/{posting_id}/close", status_code=202, responses=_UNKNOWN | _CLOSE_RESPONSES)
    async def close_posting(
        posting_id: UUID, response: Response, publisher: Annotated[Publisher, Depends(own)], closing: Closing | None = None
    ) -> Closed:
        """Close a posting. It opens again when it is pushed again."""
        reason = closing.reason if closing else None
        was_open = await close(pool, wake, publisher=publisher, posting_id=posting_id, reason=reason or "")
        response.status_code = 202 if was_open else 200
        return Closed(posting_id, "accepted" if was_open else "unchanged")

    @router.get("/postings/{posting_id}", responses=_UNKNOWN)
    async def posting(posting_id: UUID, publisher: Annotated[Publisher, Depends(own)]) -> PostingRow:
        """A posting as it is kept: normalised, with its revision and when it was seen."""
        async with transaction(pool) as connection:
            row = await fetch_posting(connection, publisher, posting_id)
        if row is None:
            raise UnknownPosting
        return row

    router.include_router(make_rejections_router(pool, wake, own))
    return router


def items_of(body: bytes) -> list[Item]:
    """The items of a push: an array's, or the body as one. Raises `Problem` where there is nothing to go through."""
    try:
        value = read(body)
    except Malformed as error:
        raise Problem(400, f"the body is {error}") from None
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= MAXIMUM_ITEMS:
        raise Problem(422, f"the array has {len(values):,} items: send 1 to {MAXIMUM_ITEMS}")
    return [Item(f"item {index}", value) for index, value in enumerate(values)]


async def _not_authenticated(_: Request, error: Exception) -> Response:
    return problem(401, str(error), headers={"www-authenticate": 'Bearer realm="publishers"'})


def _refusal(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refused(_: Request, error: Exception) -> Response:
        return problem(status, str(error))

    return refused


async def _unavailable(_: Request, error: Exception) -> Response:
    log.warning("unavailable", error=repr(error.__cause__ or error))
    return problem(503, str(error), headers={"retry-after": _RETRY})


def _show_push_format(app: FastAPI) -> None:
    """Put the push format among the schemas of the OpenAPI document: FastAPI shows only what it validates itself."""
    generate = app.openapi

    def with_push_format() -> dict[str, Any]:
        document = generate()
        schema = Push.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].update({**schema.pop("$defs"), "Push": schema})
        return document

    app.openapi = with_push_format  # type: ignore[method-assign]  # the way FastAPI documents
