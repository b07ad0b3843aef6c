"""`/v1/subscriptions`: sign-up without a key; with one: create, list, read, change, delete."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from schemas.filter.warning import warnings
from services.subscriptions.change import change
from services.subscriptions.domain.wanted import NewSubscription, SubscriptionChange
from services.subscriptions.end import end
from services.subscriptions.errors import NotFound
from services.subscriptions.http.bodies import ConfirmationSent, ProblemBody, SubscriptionBody, SubscriptionList
from services.subscriptions.http.route import Caller, GivenHere, MaybeCaller, ProblemRoute
from services.subscriptions.sign_up import sign_up
from services.subscriptions.store import subscriptions
from services.subscriptions.subscribe import subscribe

router = APIRouter(
    prefix="/v1/subscriptions",
    route_class=ProblemRoute,
    tags=["subscriptions"],
    responses={401: {"model": ProblemBody}, 422: {"model": ProblemBody}},
)


@router.post("", status_code=201, responses={201: {"model": SubscriptionBody}, 202: {"model": ConfirmationSent}})
async def create(
    wanted: NewSubscription, response: Response, given: GivenHere, caller: MaybeCaller
) -> SubscriptionBody | ConfirmationSent:
    """With an API key: a subscription that is active at once (201). Without: a mail to `email` asks for confirmation (202)."""
    if caller is not None:
        return SubscriptionBody.of(await subscribe(given.store, caller, wanted))
    subscription_id = await sign_up(given.store, given.seals, wanted)
    response.status_code = 202
    return ConfirmationSent(subscription_id=subscription_id, warnings=warnings(wanted.filter))


@router.get("")
async def read_all(
    given: GivenHere, caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100, after: UUID | None = None
) -> SubscriptionList:
    """Active and paused subscriptions, oldest first."""
    async with given.store.reading() as connection:
        found = await subscriptions.fetch_subscriptions(connection, caller, limit=limit + 1, after=after)
    page = found[:limit]
    return SubscriptionList(
        subscriptions=[SubscriptionBody.of(each) for each in page], next=page[-1].id if len(found) > limit else None
    )


@router.get("/{id}", responses={404: {"model": ProblemBody}})
async def read(id: UUID, given: GivenHere, caller: Caller) -> SubscriptionBody:
    """One subscription."""
    async with given.store.reading() as connection:
        found = await subscriptions.fetch_subscription(connection, id, subscriber_id=caller)
    if found is None:
        raise NotFound
    return SubscriptionBody.of(found)


@router.patch("/{id}", responses={404: {"model": ProblemBody}})
async def update(id: UUID, wanted: SubscriptionChange, given: GivenHere, caller: Caller) -> SubscriptionBody:
    """Change its name or filter, pause or resume it. A new filter, and a resumed one, applies to postings from now on."""
    return SubscriptionBody.of(await change(given.store, caller, id, wanted=wanted))


@router.delete("/{id}", status_code=204, responses={404: {"model": ProblemBody}})
async def delete(id: UUID, given: GivenHere, caller: Caller) -> None:
    """End it: nothing more is sent."""
    await end(given.store, caller, id)
