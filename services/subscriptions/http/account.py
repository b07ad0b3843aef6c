"""`/v1/confirmations`, `/v1/sign-ins`, `/v1/account`: how an account begins, is entered, and ends."""

from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter

from services.subscriptions.confirm import confirm
from services.subscriptions.domain.wanted import Confirmation, SignIn
from services.subscriptions.erase import erase
from services.subscriptions.http.bodies import ConfirmedBody, ProblemBody, Sent, SubscriptionBody
from services.subscriptions.http.route import Caller, GivenHere, ProblemRoute
from services.subscriptions.sign_in import sign_in

router = APIRouter(prefix="/v1", route_class=ProblemRoute, tags=["account"], responses={422: {"model": ProblemBody}})

_MANAGE: Final = timedelta(days=1)
_NOTES: Final = {
    False: "confirmed: keep the API key, it is not shown again",
    True: "this subscription had been confirmed before, so no further API key is given; the manage page makes new ones",
}


@router.post("/confirmations", responses={400: {"model": ProblemBody}, 410: {"model": ProblemBody}})
async def create_confirmation(wanted: Confirmation, given: GivenHere) -> ConfirmedBody:
    """Confirm a subscription with the token of the link that was mailed. The first time answers with an API key."""
    now = datetime.now(UTC)
    done = await confirm(given.store, given.seals, wanted.token, now=now, with_key=True)
    token = given.seals.seal_link(done.subscription.subscriber_id, purpose="manage", expires_at=now + _MANAGE)
    return ConfirmedBody(
        subscription=SubscriptionBody.of(done.subscription),
        api_key=done.api_key,
        manage_url=f"{given.public_url}/manage?token={token}",
        note=_NOTES[done.already],
    )


@router.post("/sign-ins", status_code=202)
async def create_sign_in(wanted: SignIn, given: GivenHere) -> Sent:
    """Ask for a link to the account's page. The answer is the same whether there is such an account."""
    await sign_in(given.store, given.seals, wanted)
    return Sent()


@router.delete("/account", status_code=204, responses={401: {"model": ProblemBody}})
async def delete_account(given: GivenHere, caller: Caller) -> None:
    """Erase the account: every subscription and endpoint ends, nothing personal is kept."""
    await erase(given.store, caller)
