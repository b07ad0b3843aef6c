"""What all handlers share: the service's errors become statuses, the caller is known by API key, `main`'s things at hand."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime import logs
from runtime.errors import JobAlertsError, Transient
from runtime.http import problem
from runtime.postgres import TRANSIENT
from services.subscriptions.authenticate import authenticate
from services.subscriptions.errors import AccountGone, BadKey, BadLink, Ended, Invalid, NotFound, TooMany
from services.subscriptions.seals import Seals
from services.subscriptions.store import Store
from services.subscriptions.web.render import page

STATUSES: Final[dict[type[JobAlertsError], int]] = {
    BadLink: 400,
    BadKey: 401,
    NotFound: 404,
    TooMany: 409,
    AccountGone: 410,
    Ended: 410,
    Invalid: 422,
    Transient: 503,
}

log = logs.get("subscriptions.http")
_bearer = HTTPBearer(auto_error=False, description="An API key, `jas_...`, as a confirmation answers it.")


@dataclass(frozen=True, slots=True)
class Given:
    """What the handlers work with; `main` puts it into the app's state as `given`."""

    store: Store
    seals: Seals
    public_url: str
    insecure_endpoints: bool


def _given(request: Request) -> Given:
    return cast(Given, request.app.state.given)


GivenHere = Annotated[Given, Depends(_given)]


async def _maybe_caller(
    request: Request, given: GivenHere, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> UUID | None:
    if "authorization" not in request.headers:
        return None
    return await authenticate(given.store, credentials.credentials if credentials else "")


MaybeCaller = Annotated[UUID | None, Depends(_maybe_caller)]
"""The subscriber whose key came with the request; nobody where none came. A wrong key is an error, never nobody."""


async def _caller(caller: MaybeCaller) -> UUID:
    if caller is None:
        raise BadKey("this needs an API key: Authorization: Bearer jas_...")
    return caller


Caller = Annotated[UUID, Depends(_caller)]

READ: Final = ["GET", "HEAD"]
"""The methods of a page."""


async def _fields(request: Request) -> dict[str, list[str]]:
    sent = await request.form(max_files=0)
    return {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}


Fields = Annotated[Mapping[str, Sequence[str]], Depends(_fields)]
"""Every text field of a urlencoded or multipart body; files are refused."""


def first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """A field's text; empty where it was not sent."""
    return next(iter(fields.get(name, ())), "")


class _Unavailable(Transient):
    """The service cannot reach its database at the moment: try again."""


class _Route(APIRoute, ABC):
    """Turns the service's errors into answers."""

    @abstractmethod
    def refuse(self, status: int, error: JobAlertsError) -> Response:
        """The answer in this door's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except tuple(STATUSES) as error:
                return self.refuse(next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), error)
            except TRANSIENT as error:
                log.warning("request not served", error=repr(error))
                return self.refuse(503, _Unavailable())

        return guarded


class ProblemRoute(_Route):
    """Answers errors with problem details (RFC 9457)."""

    def refuse(self, status: int, error: JobAlertsError) -> Response:
        members = {"errors": [{"field": error.field, "problem": error.problem}]} if isinstance(error, Invalid) else {}
        headers = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "2"}}.get(status)
        return problem(status, str(error), headers, **members)


class PageRoute(_Route):
    """Answers errors with a page that says what to do."""

    def refuse(self, status: int, error: JobAlertsError) -> Response:
        return page("error", status=status, detail=str(error))
