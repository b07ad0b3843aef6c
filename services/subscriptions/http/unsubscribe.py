"""One-click unsubscribe (RFC 8058) and its page for people: a POST ends the subscription, a GET changes nothing."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from services.subscriptions.http.route import READ, GivenHere, PageRoute
from services.subscriptions.store import subscriptions
from services.subscriptions.unsubscribe import unsubscribe
from services.subscriptions.web.render import page

router = APIRouter(prefix="/unsubscribe", route_class=PageRoute, include_in_schema=False)


@router.api_route("", methods=READ)
async def show(given: GivenHere, token: str = "") -> Response:
    """A page with a button: scanners of mails follow every link."""
    link = given.seals.open_link(token, purpose="unsubscribe", now=datetime.now(UTC))
    async with given.store.reading() as connection:
        named = await subscriptions.fetch_linked_subscription(connection, link.subscription_id, link.subscriber_id)
    ended = link.subscription_id is not None and (named is None or named.status == "ended")
    return page("unsubscribe", token=token, subscription=named, ended=ended, more=len(link.also))


@router.post("")
async def send(given: GivenHere, token: str = "") -> Response:
    """Takes any body: mail services post `List-Unsubscribe=One-Click` urlencoded or as multipart, and the token says all."""
    await unsubscribe(given.store, given.seals, token, now=datetime.now(UTC))
    return page("unsubscribed")
