"""The publishers' door to their postings: pushed, closed and read.

The body of a push is read by `domain.document`, not by FastAPI, so that one bad item leaves its neighbours alone.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from runtime.http import Problem, problem
from runtime.postgres import Connection, Pool
from services.ingest import metrics
from services.ingest.answer_once import answer_once, replay
from services.ingest.close import UnknownPosting, announce_closed, close_within
from services.ingest.domain.batch import Item
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.idempotency import Answered, request_of
from services.ingest.domain.idempotency import Request as Asked
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.push import MAXIMUM_ITEMS, Title
from services.ingest.domain.quota import Allowance
from services.ingest.domain.receipt import Answer
from services.ingest.record import announce, record_batch, sort_items
from services.ingest.store import transaction
from services.ingest.store.postings import PostingRow, fetch_posting
from services.ingest.take import look, take

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
_AT_WORK: Final = "A request with this `Idempotency-Key` is still at work. Send it again after `Retry-After` seconds."
_PUSH_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "At least one item was taken, or was known already: `items` tells of each."},
    400: {"description": "The body is not JSON; `detail` says in which line and column.", **_PROBLEM},
    409: {"description": _AT_WORK, **_PROBLEM},
    413: {"description": "The body is too long.", **_PROBLEM},
    422: {
        "description": "No item could be taken (`items` says why), or the array has none or too many, or the `Idempotency-Key`"
        " was used for another request.",
        **_PROBLEM,
    },
    429: {
        "description": "More than your quota of items a minute, or of open postings (`detail` says which): nothing was"
        " recorded. `Retry-After` says when there is room for this push, `RateLimit` what is left.",
        **_PROBLEM,
    },
}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "No posting of yours has this id.", **_PROBLEM}}
_IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Your own name for this request, such as a UUID. For 24 hours the same request under it is done once and"
        " answered what it was answered before, byte for byte (`Idempotent-Replayed: true`). Answers 401 and 5xx are not kept,"
        " nor are those to a body that cannot be read.",
    ),
]


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
    409: {"description": _AT_WORK, **_PROBLEM},
    422: {"description": "The body is wrong, or the `Idempotency-Key` was used for another request.", **_PROBLEM},
    202: {"description": "It was open and is closed now."},
}


def make_postings_router(  # noqa: C901 -- FastAPI's handlers are functions within it
    pool: Pool, wake: Callable[[], None], own: Callable[..., Awaitable[Publisher]]
) -> APIRouter:
    """The routes. `own` tells whose request it is."""
    router = APIRouter(prefix="/postings", tags=["postings"])

    @router.post(
        "",
        status_code=202,
        response_model=Answer,
        responses=_PUSH_RESPONSES,
        openapi_extra=_PUSH_BODY,
    )
    async def push(request: Request, publisher: Annotated[Publisher, Depends(own)], _: _IdempotencyKey = None) -> Response:
        """Push one posting, or an array of up to 500. Each is answered for itself; 422 where none could be taken."""
        started, body = time.perf_counter(), await request.body()
        asked = _asked(request, body)
        if (answered := await replay(pool, publisher, asked)) is not None:
            return _response(answered, replayed=True)
        items = items_of(body)
        await look(pool, publisher, len(items))
        batch = await sort_items(items, publisher=publisher.name, now=datetime.now(UTC))

        async def work(connection: Connection) -> tuple[Answered, tuple[Answer, Allowance | None]]:
            answer = await record_batch(connection, publisher, batch)
            return _pushed(answer), (answer, await take(connection, publisher, len(items)))

        answered, done = await answer_once(pool, publisher, asked, work)
        if done is None:
            return _response(answered, replayed=True)
        answer, allowance = done
        announce(wake, publisher, answer)
        metrics.batch_seconds.observe(time.perf_counter() - started)
        return _response(answered, replayed=False, allowance=allowance)

    @router.post(
        "/{posting_id}/close",
        status_code=202,
        response_model=Closed,
        responses=_UNKNOWN | _CLOSE_RESPONSES,
    )
    async def close_posting(
        request: Request,
        posting_id: UUID,
        publisher: Annotated[Publisher, Depends(own)],
        closing: Closing | None = None,
        _: _IdempotencyKey = None,
    ) -> Response:
        """Close a posting. It opens again when it is pushed again."""
        reason = (closing and closing.reason) or ""

        async def work(connection: Connection) -> tuple[Answered, bool]:
            try:
                was_open = await close_within(connection, publisher=publisher, posting_id=posting_id, reason=reason)
            except UnknownPosting as error:
                return _refused(404, str(error)), False
            return _closed(posting_id, was_open=was_open), was_open

        answered, was_open = await answer_once(pool, publisher, _asked(request, await request.body()), work)
        if was_open:
            announce_closed(wake, publisher, posting_id)
        return _response(answered, replayed=was_open is None)

    @router.get("/{posting_id}", responses=_UNKNOWN)
    async def posting(posting_id: UUID, publisher: Annotated[Publisher, Depends(own)]) -> PostingRow:
        """A posting as it is kept: normalised, with its revision and when it was seen."""
        async with transaction(pool) as connection:
            row = await fetch_posting(connection, publisher, posting_id)
        if row is None:
            raise UnknownPosting
        return row

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


def _asked(request: Request, body: bytes) -> Asked | None:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return request_of(request.headers.getlist("idempotency-key"), method=request.method, path=path, body=body)


def _pushed(answer: Answer) -> Answered:
    if answer.counts.rejected < len(answer.items):
        return Answered(202, answer.model_dump_json().encode())
    return _refused(422, "no item could be taken; `items` says why", **answer.model_dump(mode="json"))


def _closed(posting_id: UUID, *, was_open: bool) -> Answered:
    closed = Closed(posting_id, "accepted" if was_open else "unchanged")
    return Answered(202 if was_open else 200, to_json(closed))


def _refused(status: int, detail: str, **members: Any) -> Answered:
    return Answered(status, bytes(problem(status, detail, **members).body))


def _response(answered: Answered, *, replayed: bool, allowance: Allowance | None = None) -> Response:
    headers = ({"idempotent-replayed": "true"} if replayed else {}) | (allowance.fields() if allowance else {})
    kind = "application/problem+json" if answered.status >= 400 else "application/json"  # noqa: PLR2004 -- where errors begin
    return Response(answered.body, answered.status, headers, kind)
