"""The publishers' door to what could not be taken: looked through, looked at, and tried again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request

from runtime.http import Problem
from runtime.postgres import Pool
from services.ingest.domain.batch import Item
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.publisher import Publisher
from services.ingest.domain.receipt import Receipt
from services.ingest.domain.rejection import Mark, Wanted
from services.ingest.retry import Try, UnknownRejection, retry
from services.ingest.store import transaction
from services.ingest.store.rejections import NEWEST, RejectionRow, fetch_rejection, fetch_rejections
from services.ingest.take import look

_PROBLEM: Final = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {404: {"description": "No rejection of yours has this id.", **_PROBLEM}}
_RETRY: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "It was taken, or was known already; the rejection is resolved."},
    400: {"description": "The body is not JSON.", **_PROBLEM},
    409: {
        "description": "It is resolved, or something newer is there: its posting was pushed or closed since it came.",
        **_PROBLEM,
    },
    422: {
        "description": "It is still wrong (`errors` says how), or what was kept is not all that was sent, or the correction has"
        " another `source_id`.",
        **_PROBLEM,
    },
    429: {"description": "Your quota is used up, as for a push.", **_PROBLEM},
}
_CORRECTED: Final = {
    "requestBody": {
        "required": False,
        "description": "The corrected posting. Without it what was sent is tried again as it was kept.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Push"}}},
    }
}
_TEXT: Final = r"^[^\x00]*$"
Id = Annotated[int, Path(ge=1, le=NEWEST)]


@dataclass(frozen=True, slots=True)
class Rejections:
    """A page of what could not be taken, the newest first."""

    rejections: list[RejectionRow]
    next: str | None
    """Address of the following page; absent on the last."""


def make_rejections_router(pool: Pool, wake: Callable[[], None], own: Callable[..., Awaitable[Publisher]]) -> APIRouter:
    """The routes. `own` tells whose request it is."""
    router = APIRouter(prefix="/rejections", tags=["rejections"])

    @router.get("")
    async def rejections(
        *,
        publisher: Annotated[Publisher, Depends(own)],
        source_id: Annotated[str | None, Query(max_length=200, pattern=_TEXT, description="Of this posting only.")] = None,
        since: Annotated[datetime | None, Query(description="Received last at this time or later; UTC unless it says.")] = None,
        field: Annotated[
            str | None,
            Query(max_length=100, pattern=_TEXT, description="With a fault of this field; `pay` is also `pay.minimum`."),
        ] = None,
        all: Annotated[bool, Query(description="Those too whose posting was taken since.")] = False,
        after: Annotated[
            str | None, Query(pattern=r"^\d{1,17}-\d{1,18}$", description="Where the page before ended; see `next`.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Rejections:
        """What could not be taken, the newest first, with what was sent (`raw`) and what is wrong with it.

        The same posting is listed once, with how often it came (`count`); no longer when it is taken, or after 30 days.
        """
        wanted = Wanted(source_id, since and _in_utc(since), field, resolved=all)
        mark = Mark.parse(after) if after else None
        async with transaction(pool) as connection:
            rows = await fetch_rejections(connection, publisher, wanted, after=mark, limit=limit + 1)
        return Rejections(rows[:limit], _next(wanted, rows[limit - 1], limit) if len(rows) > limit else None)

    @router.get("/{rejection_id}", responses=_UNKNOWN)
    async def rejection(rejection_id: Id, publisher: Annotated[Publisher, Depends(own)]) -> RejectionRow:
        """One of them, whether it is resolved or not."""
        async with transaction(pool) as connection:
            row = await fetch_rejection(connection, publisher, rejection_id)
        if row is None:
            raise UnknownRejection
        return row

    @router.post("/{rejection_id}/retry", status_code=202, responses=_UNKNOWN | _RETRY, openapi_extra=_CORRECTED)
    async def retry_rejection(
        request: Request,
        rejection_id: Id,
        publisher: Annotated[Publisher, Depends(own)],
        force: Annotated[bool, Query(description="Also where the posting was pushed or closed since.")] = False,
    ) -> Receipt:
        """Try it again: what was kept, after a fix of ours; or the corrected posting, which is the body."""
        body = await request.body()
        how = Try(datetime.now(UTC), _corrected(body) if body.strip() else None, force=force, counts=True)
        await look(pool, publisher, 1)
        receipt = await retry(pool, wake, publisher=publisher, rejection_id=rejection_id, how=how)
        if receipt.status == "rejected":
            raise Problem(422, "it is still wrong; `errors` says how", **receipt.model_dump(mode="json", include={"errors"}))
        return receipt

    return router


def _corrected(body: bytes) -> Item:
    try:
        return Item("the corrected posting", read(body))
    except Malformed as error:
        raise Problem(400, f"the body is {error}") from None


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:  # at the very ends of the calendar
        raise Problem(422, "the request is not valid: since: is out of range") from None


def _next(wanted: Wanted, last: RejectionRow, limit: int) -> str:
    asked = {
        "after": str(Mark(last.last_received_at, last.id)),
        "limit": limit,
        "source_id": wanted.source_id,
        "since": wanted.since and wanted.since.isoformat(),
        "field": wanted.field,
        "all": "true" if wanted.resolved else None,
    }
    return "/v1/rejections?" + urlencode({name: value for name, value in asked.items() if value is not None})
