"""The pages of a person who comes in: sign-up, confirmation, sign-in; and the pages of errors."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from runtime import logs
from services.subscriptions.confirm import confirm
from services.subscriptions.domain.wanted import SignIn
from services.subscriptions.errors import Ended
from services.subscriptions.http.route import READ, Fields, GivenHere, PageRoute, first
from services.subscriptions.sign_in import sign_in
from services.subscriptions.sign_up import sign_up
from services.subscriptions.store import subscriptions
from services.subscriptions.web import faults, form
from services.subscriptions.web.render import page, style

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_MANAGE: Final = timedelta(days=1)
_WORDS: Final = {
    404: "There is no such page here.",
    405: "This page does not take what was sent to it.",
    413: "What was sent is too long.",
}
_WRONG: Final = "Something went wrong. If it happens again, tell us this number: {correlation_id}"


@router.api_route("/style.css", methods=READ)
async def show_style() -> Response:
    return style()


@router.api_route("/", methods=READ)
async def show_sign_up() -> Response:
    return page("sign_up", form=form.Form(form.EMPTY), choices=form.CHOICES)


@router.post("/")
async def send_sign_up(fields: Fields, given: GivenHere) -> Response:
    sent = form.read(fields)
    if sent.wanted is None:
        return page("sign_up", status=422, form=sent, choices=form.CHOICES)
    if sent.is_to_be_asked():
        return page("sign_up", form=sent, choices=form.CHOICES)
    await sign_up(given.store, given.seals, sent.wanted)
    return RedirectResponse("/check-your-mail", status_code=303)


@router.api_route("/check-your-mail", methods=READ)
async def show_check_your_mail() -> Response:
    return page("check_mail", what="sign-up")


@router.api_route("/confirm", methods=READ)
async def show_confirm(given: GivenHere, token: str = "") -> Response:
    """Changes nothing: scanners of mails follow every link."""
    link = given.seals.open_link(token, purpose="confirm", now=datetime.now(UTC))
    async with given.store.reading() as connection:
        waiting = await subscriptions.fetch_linked_subscription(connection, link.subscription_id, link.subscriber_id)
    if waiting is None or waiting.status == "ended":
        raise Ended
    return page("confirm", token=token, subscription=waiting)


@router.post("/confirm")
async def send_confirm(fields: Fields, given: GivenHere) -> Response:
    """No API key is made here: who reads pages seldom needs one, and the manage page makes them."""
    now = datetime.now(UTC)
    done = await confirm(given.store, given.seals, first(fields, "token"), now=now, with_key=False)
    token = given.seals.seal_link(done.subscription.subscriber_id, purpose="manage", expires_at=now + _MANAGE)
    return page("confirmed", done=done, manage_token=token)


@router.api_route("/sign-in", methods=READ)
async def show_sign_in() -> Response:
    return page("sign_in", email="", error="")


@router.post("/sign-in")
async def send_sign_in(fields: Fields, given: GivenHere) -> Response:
    try:
        wanted = SignIn(email=first(fields, "email"))
    except ValidationError as error:
        return page("sign_in", status=422, email=first(fields, "email"), error=faults.sentences(error)["email"])
    await sign_in(given.store, given.seals, wanted)
    return RedirectResponse("/sign-in/check-your-mail", status_code=303)


@router.api_route("/sign-in/check-your-mail", methods=READ)
async def show_sign_in_sent() -> Response:
    return page("check_mail", what="sign-in")


def add_error_pages(app: FastAPI) -> None:
    """Where a browser asks for a page that is not there, or something fails, it gets a page; all others get problem details."""
    for kind in (HTTPException, Exception):
        app.add_exception_handler(kind, _for_browsers(app.exception_handlers[kind]))


def _for_browsers(answer: Callable[[Request, Any], Any]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def negotiated(request: Request, error: Exception) -> Response:
        response: Response = await answer(request, error)
        if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
            return response
        detail = _WORDS.get(response.status_code, _WRONG).format(correlation_id=logs.correlation_id.get())
        shown = page("error", status=response.status_code, detail=detail)
        shown.headers.update({name: value for name, value in response.headers.items() if name in ("allow", "x-request-id")})
        return shown

    return negotiated
