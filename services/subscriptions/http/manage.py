"""The page of an account, opened by a link from a mail: what is subscribed, pause, resume, delete, API keys, erasure.

Every form carries the link's token in a hidden field; there is no cookie and no session.
"""

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.subscriptions.authenticate import issue_key, revoke_key
from services.subscriptions.change import change
from services.subscriptions.domain.wanted import SubscriptionChange
from services.subscriptions.end import end
from services.subscriptions.erase import erase
from services.subscriptions.errors import NotFound
from services.subscriptions.http.route import READ, Fields, Given, GivenHere, PageRoute, first
from services.subscriptions.store import endpoints, keys, subscribers, subscriptions
from services.subscriptions.web.render import page

router = APIRouter(prefix="/manage", route_class=PageRoute, include_in_schema=False)

_PAGE: Final = 100
_DONE: Final = {
    "paused": "Paused. Nothing is sent until you resume it.",
    "resumed": "Resumed. You hear of postings from now on.",
    "deleted": "Deleted. Nothing more is sent for it.",
    "revoked": "The API key was revoked.",
    "unsure": "Nothing was deleted: tick the box first.",
}
"""What the address bar may make the page say; anything else says nothing."""


def _opened(given: Given, token: str) -> UUID:
    return given.seals.open_link(token, purpose="manage", now=datetime.now(UTC)).subscriber_id


async def _manager(fields: Fields, given: GivenHere) -> UUID:
    return _opened(given, first(fields, "token"))


Manager = Annotated[UUID, Depends(_manager)]
"""The subscriber whose token came in the form."""


@router.api_route("", methods=READ)
async def show(given: GivenHere, token: str = "", done: str = "", after: UUID | None = None) -> Response:
    return await _page(given, _opened(given, token), token=token, notice=_DONE.get(done, ""), after=after)


@router.post("/pause")
async def pause(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    await change(given.store, manager, _id(fields), wanted=SubscriptionChange(status="paused"))
    return _back(fields, "paused")


@router.post("/resume")
async def resume(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    await change(given.store, manager, _id(fields), wanted=SubscriptionChange(status="active"))
    return _back(fields, "resumed")


@router.post("/delete")
async def delete(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    await end(given.store, manager, _id(fields))
    return _back(fields, "deleted")


@router.post("/keys")
async def make_key(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    """Answers with the page itself: the key is nowhere else and is not shown again."""
    key = await issue_key(given.store, manager)
    return await _page(given, manager, token=first(fields, "token"), api_key=key)


@router.post("/keys/revoke")
async def revoke(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    await revoke_key(given.store, manager, _id(fields))
    return _back(fields, "revoked")


@router.post("/erase")
async def erase_account(fields: Fields, given: GivenHere, manager: Manager) -> Response:
    if first(fields, "sure") != "yes":
        return _back(fields, "unsure")
    await erase(given.store, manager)
    return page("erased")


async def _page(
    given: Given, subscriber_id: UUID, *, token: str, notice: str = "", api_key: str = "", after: UUID | None = None
) -> Response:
    async with given.store.reading() as connection:
        await subscribers.fetch_subscriber(connection, subscriber_id)
        found = await subscriptions.fetch_subscriptions(connection, subscriber_id, limit=_PAGE + 1, after=after)
        urls = {endpoint.id: endpoint.url for endpoint in await endpoints.fetch_endpoints(connection, subscriber_id)}
        kept = await keys.fetch_keys(connection, subscriber_id)
    return page(
        "manage",
        token=token,
        notice=notice,
        api_key=api_key,
        subscriptions=found[:_PAGE],
        next=found[_PAGE - 1].id if len(found) > _PAGE else None,
        urls=urls,
        keys=kept,
    )


def _id(fields: Fields) -> UUID:
    try:
        return UUID(first(fields, "id"))
    except ValueError:
        raise NotFound from None


def _back(fields: Fields, done: str) -> Response:
    return RedirectResponse("/manage?" + urlencode({"token": first(fields, "token"), "done": done}), status_code=303)
