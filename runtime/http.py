"""The HTTP side of every service: problem details (RFC 9457), body limit, correlation ids, health, metrics, contracts' pages.

An error leaves as `application/problem+json` with `title`, `status`, `detail` and, for bad input, `errors` naming each field.
"""

import http
import json
import math
import re
import time
from collections.abc import Collection, Sequence
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi_offline import FastAPIOffline
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import health, logs, telemetry
from runtime.errors import JobAlertsError

log = logs.get("runtime.http")
_CORRELATION = re.compile(r"[A-Za-z0-9-]{1,64}")


class Problem(JobAlertsError):
    """Something is wrong with a request. Carries its HTTP status and the members of its problem details.

    `again_in`: seconds after which to ask again, for `Retry-After`.
    """

    def __init__(self, status: int, detail: str, *, again_in: int | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {} if again_in is None else {"retry-after": str(again_in)}
        self.detail = detail
        self.members = members


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **members: Any) -> JSONResponse:
    """An answer of type `application/problem+json` (RFC 9457)."""
    title = http.HTTPStatus(status).phrase
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **members},
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


def make_app(
    title: str,
    *,
    description: str,
    broker: KafkaBroker,
    checks: Sequence[health.Checker],
    body_limit: int,
    unlimited: Collection[str] = (),
) -> FastAPI:
    """An app with everything that is the same in each service; the service adds its own routers.

    `body_limit` is in bytes; a longer body is answered with 413 as soon as that is known. It does not hold for the paths
    in `unlimited`, which have to bound what they hold themselves.
    """
    app = FastAPIOffline(title=title, description=description, version="1", docs_url="/docs", redoc_url=None)
    app.add_middleware(_Frame, body_limit=body_limit, unlimited=frozenset(unlimited))
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)
    _add_health(app, checks)
    _add_asyncapi(app, title, description, broker)
    return app


def field_errors(errors: Sequence[Any]) -> list[dict[str, Any]]:
    """Pydantic's errors as `{"field", "problem"}`, without echoing what was sent; of a text that is parsed also the character's
    `position`.
    """
    return [_field_error(error) for error in errors]


def _field_error(error: Any) -> dict[str, Any]:
    if error["type"] == "json_invalid":  # FastAPI puts the character where the field's name belongs
        return {"field": "", "problem": f"not JSON at character {error['loc'][-1]}: {error['ctx']['error']}"}
    field = ".".join(str(part) for part in error["loc"] if part != "body")
    told = {"field": field, "problem": error["msg"].removeprefix("Value error, ")}
    position = error.get("ctx", {}).get("position")
    return told if position is None else told | {"position": position}


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.detail, headers=error.headers, **error.members)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = field_errors(error.errors())
    summary = "; ".join(f"{fault['field'] or 'the body'}: {fault['problem']}" for fault in errors[:3])
    return problem(422, f"the request is not valid: {summary}", errors=errors)


async def _unexpected(_: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    correlation = logs.correlation_id.get()
    return problem(
        500,
        "something went wrong on our side; it has been logged under this correlation id",
        headers={"x-request-id": correlation},  # this answer is made outside of `_Frame`
        correlation_id=correlation,
    )


def _add_health(app: FastAPI, checks: Sequence[health.Checker]) -> None:
    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def is_ready() -> JSONResponse:
        ready, details = health.ready(checks)
        return JSONResponse({"ready": ready, "checks": details}, status_code=200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        health.ready(checks)  # refreshes the gauges of lag
        body, kind = telemetry.exposition()
        return Response(body, headers={"content-type": kind})


def _add_asyncapi(app: FastAPI, title: str, description: str, broker: KafkaBroker) -> None:
    viewer = resources.files("asyncapi_viewer") / "static" / "asyncapi-viewer.iife.js"

    @app.get("/asyncapi.json", include_in_schema=False)
    async def asyncapi_json() -> Response:
        text = AsyncAPI(broker, title=title, version="1", description=description).to_specification().to_json()
        return JSONResponse(_one_by_one(json.loads(text)))

    @app.get("/asyncapi", include_in_schema=False)
    async def asyncapi_page() -> HTMLResponse:
        return HTMLResponse(
            f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{title}: events</title><script src="/asyncapi-viewer.js"></script>
            <body style="margin:0"><asyncapi-viewer src="/asyncapi.json"></asyncapi-viewer></body></html>"""
        )

    @app.get("/asyncapi-viewer.js", include_in_schema=False)
    async def asyncapi_viewer() -> Response:
        return Response(viewer.read_bytes(), media_type="text/javascript", headers={"cache-control": "max-age=86400"})


def _one_by_one(document: dict[str, Any]) -> dict[str, Any]:
    """A handler takes a list of events because it takes a batch; a record on the topic is one of them."""
    schemas = document.get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        if name.endswith(":Payload") and schema.get("type") == "array":
            schemas[name] = {"title": name, **schema["items"]}
    return document


class _Frame:
    """Around every request: the correlation id, the body's limit, the time it took."""

    def __init__(self, app: ASGIApp, body_limit: int, unlimited: frozenset[str]) -> None:
        self._app = app
        self._limit = body_limit
        self._unlimited = unlimited
        self._too_large = f"the body is longer than {body_limit:,} bytes: send it in smaller parts"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        correlation = given if _CORRELATION.fullmatch(given) else logs.new_correlation_id()
        logs.correlation_id.set(correlation)
        length = headers.get(b"content-length", b"0")
        await self._answer(scope, receive, send, correlation, int(length) if length.isdigit() else 0)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, correlation: str, length: int) -> None:
        started, status, received = time.perf_counter(), 500, 0
        limit = math.inf if scope["path"] in self._unlimited else self._limit

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:  # FastAPI lets an HTTPException through and turns anything else into a 400
                raise HTTPException(413, self._too_large)
            return message

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", correlation.encode())]
            await send(message)

        try:
            if length > limit:
                await problem(413, self._too_large)(scope, receive, stamped)
            else:
                await self._app(scope, limited, stamped)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            telemetry.http_seconds.labels(scope["method"], route, status).observe(time.perf_counter() - started)
