"""The publishers' door: pushes, closures and questions enter by HTTP; receipts and problem details (RFC 9457) leave.

Here is who may come in, and what an error is answered with; the routes are in the modules `http_*`.
"""

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime import logs
from runtime.errors import Transient
from runtime.http import problem
from runtime.postgres import Pool
from services.ingest.answer_once import AtWork, KeyUsed
from services.ingest.authenticate import NotAuthenticated, authenticate
from services.ingest.close import UnknownPosting
from services.ingest.domain.idempotency import BadKey
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.push import Push
from services.ingest.domain.quota import Quota, open_fields
from services.ingest.http_postings import make_postings_router
from services.ingest.http_rejections import make_rejections_router
from services.ingest.http_stream import Owner, make_stream_router
from services.ingest.record import TooManyOpen
from services.ingest.retry import CannotRetry, Overtaken, UnknownRejection
from services.ingest.stream import Slots
from services.ingest.take import TooFast

log = logs.get("ingest.http")

DESCRIPTION: Final = """Publishers push postings, close them, and look at what could not be taken.

Each request carries the publisher's API key: `Authorization: Bearer jai_...`. What was answered with 202 is kept; after a
time-out or a 503 send the same push again, which then changes nothing that is recorded already. The guide is
`docs/publishers.md`."""
_RETRY: Final = "2"
"""Seconds until a client should try again when the database is away."""
_ROOM: Final = "60"
"""Seconds until a client that has too many open should try again: it has to close some, and knows best when."""
_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "There is no API key that counts.", **_PROBLEM},
    503: {"description": "The database is away. Send the same again after `Retry-After` seconds.", **_PROBLEM},
}
_STATUS: Final = {BadKey: 400, UnknownPosting: 404, UnknownRejection: 404, Overtaken: 409, CannotRetry: 422, KeyUsed: 422}
_bearer = HTTPBearer(auto_error=False, description="The publisher's API key, as `publisher create` printed it.")


def add_api(app: FastAPI, pool: Pool, wake: Callable[[], None], *, quota: Quota, slots: Slots) -> None:
    """Everything under /v1, and what it answers when something is wrong. `quota`: of who has none of their own."""
    app.include_router(make_router(pool, wake, quota, slots))
    app.add_exception_handler(TooFast, _too_fast)
    app.add_exception_handler(TooManyOpen, _too_many_open)
    app.add_exception_handler(NotAuthenticated, _not_authenticated)
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _refusal(status))
    app.add_exception_handler(AtWork, _at_work)
    app.add_exception_handler(Transient, _unavailable)
    _show_push_format(app)


def make_router(pool: Pool, wake: Callable[[], None], quota: Quota, slots: Slots) -> APIRouter:
    """The routes. Every one of them sees the publisher's own postings only."""

    async def own(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Publisher:
        publisher = await authenticate(pool, credentials.credentials if credentials else "")
        return replace(publisher, quota=publisher.quota.or_else(quota))

    async def owner(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Owner:
        return partial(own, credentials)

    router = APIRouter(prefix="/v1", responses=_RESPONSES)
    router.include_router(make_postings_router(pool, wake, own))
    router.include_router(make_stream_router(pool, wake, owner, slots))
    router.include_router(make_rejections_router(pool, wake, own))
    return router


async def _not_authenticated(_: Request, error: Exception) -> Response:
    return problem(401, str(error), headers={"www-authenticate": 'Bearer realm="publishers"'})


def _refusal(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refused(_: Request, error: Exception) -> Response:
        return problem(status, str(error))

    return refused


async def _too_fast(_: Request, error: Exception) -> Response:
    assert isinstance(error, TooFast)
    again_in = max(1, math.ceil(error.wait.total_seconds()))
    return problem(429, str(error), headers={"retry-after": str(again_in), **error.allowance.fields()})


async def _too_many_open(_: Request, error: Exception) -> Response:
    assert isinstance(error, TooManyOpen)
    return problem(429, str(error), headers={"retry-after": _ROOM, **open_fields(error.most_open)})


async def _at_work(_: Request, error: Exception) -> Response:
    return problem(409, str(error), headers={"retry-after": "1"})


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
