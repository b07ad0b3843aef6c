"""A webhook endpoint that checks signatures and keeps every delivery for looking at: POSTs in; a page, JSON and a journal out.

    python -m deploy.local.receiver --port N [--log FILE]

PUT /secrets/{name} registers a secret, POST /hooks/{name} delivers, PUT /behaviour/{name} lets the next deliveries fail.
GET /api/deliveries?after=N answers at most PAGE at a time.
"""

import argparse
import asyncio
import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from deploy.local.deliveries import Deliveries
from deploy.local.journal import Journal
from deploy.local.serving import healthy, page, run, serve_pages, told_to_stop, whole_number

PAGE = 500
DELIVERIES = web.AppKey("deliveries", Deliveries)


class Secret(BaseModel):
    secret: str


class Behaviour(BaseModel):
    """What the next `times` deliveries are answered, `delay` seconds later than they could be."""

    status: Annotated[int, Field(ge=200, le=599)]
    times: Annotated[int, Field(ge=0)] = 1
    retry_after: int | None = None
    delay: Annotated[float, Field(ge=0)] = 0.0


@dataclass
class Behaviours:
    by_name: dict[str, Behaviour]

    def next(self, name: str) -> Behaviour | None:
        behaviour = self.by_name.get(name)
        if behaviour is None or behaviour.times == 0:
            return None
        behaviour.times -= 1
        return behaviour


BEHAVIOURS = web.AppKey("behaviours", Behaviours)
Body = TypeVar("Body", bound=BaseModel)


def application(deliveries: Deliveries) -> web.Application:
    app = web.Application(client_max_size=2 * 1024**2)
    app[DELIVERIES] = deliveries
    app[BEHAVIOURS] = Behaviours({})
    app.add_routes(
        [
            web.get("/", page("receiver.html")),
            web.get("/style.css", page("style.css")),
            web.get("/health", healthy),
            web.put("/secrets/{name}", register),
            web.put("/behaviour/{name}", behave),
            web.post("/hooks/{name}", receive),
            web.get("/api/count", count),
            web.get("/api/deliveries", list_deliveries),
        ]
    )
    return app


async def register(request: web.Request) -> web.Response:
    body = await _parsed(request, Secret)
    try:
        request.app[DELIVERIES].register(request.match_info["name"], body.secret)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    return web.Response(status=204)


async def behave(request: web.Request) -> web.Response:
    request.app[BEHAVIOURS].by_name[request.match_info["name"]] = await _parsed(request, Behaviour)
    return web.Response(status=204)


async def receive(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    headers = {key.lower(): value for key, value in request.headers.items()}
    port = _port(request)
    body = await request.read()
    behaviour = request.app[BEHAVIOURS].next(name)
    status = behaviour.status if behaviour else None
    delivery = request.app[DELIVERIES].record(name, headers, body, status, port=port)
    answer: dict[str, Any] = {"verified": delivery.verified, "reason": delivery.reason}
    if behaviour is None:
        return web.json_response(answer, status=delivery.status)
    await asyncio.sleep(behaviour.delay)
    after = {} if behaviour.retry_after is None else {"Retry-After": str(behaviour.retry_after)}
    return web.json_response(answer, status=delivery.status, headers=after)


async def count(request: web.Request) -> web.Response:
    return web.json_response(request.app[DELIVERIES].counts)


async def list_deliveries(request: web.Request) -> web.Response:
    found = request.app[DELIVERIES].after(whole_number(request, "after", 0))
    return web.json_response([asdict(delivery) for delivery in itertools.islice(found, PAGE)])


def _port(request: web.Request) -> int:
    """That it came from; 0 where its sender hung up already."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


async def _parsed(request: web.Request, model: type[Body]) -> Body:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error


async def main(arguments: argparse.Namespace) -> None:
    pages = await serve_pages(application(Deliveries(Journal(arguments.log))), arguments.host, arguments.port)
    await told_to_stop()
    await pages.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.local.receiver", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, help="append one JSON line for each delivery")
    run(main(parser.parse_args()))
