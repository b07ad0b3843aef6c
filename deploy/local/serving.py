"""What the inbox and the receiver share: serving a web application on a port, and running until told to stop."""

import asyncio
import errno
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web
from aiohttp.typedefs import Handler

PAGES = Path(__file__).with_name("pages")


async def serve_pages(app: web.Application, host: str, port: int) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def told_to_stop() -> None:
    """Return at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    await stop.wait()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main`; where its port is taken, end with that sentence and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(str(error))


def page(name: str) -> Handler:
    """Return a handler that answers with a file of `pages/`."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGES / name, headers={"Cache-Control": "no-cache"})

    return handler


def whole_number(request: web.Request, name: str, default: int) -> int:
    """Return a query parameter; raise 400 where it is no whole number of 0 or more."""
    value = request.query.get(name, str(default))
    if not (value.isascii() and value.isdecimal()):
        raise web.HTTPBadRequest(text=f"{name} must be a whole number, not {value!r}\n")
    return int(value)


async def healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
