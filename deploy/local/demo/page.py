"""The demo's one page: the flow at a glance, and links to everything."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.local.demo.watch import Watch
from deploy.local.ports import HOST, free_ports

PAGE: Final = Path(__file__).parent / "page.html"


@asynccontextmanager
async def serve_page(watch: Watch, port: int, say: Callable[[str], None]) -> AsyncIterator[str]:
    """Serve at `port`, or at a free one where that is in use or 0. Yields the address."""
    port = port or free_ports(1)[0]
    app = web.Application()
    app.add_routes([web.get("/", _page), web.get("/api/flow", lambda _: _flow(watch))])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError:
            (free,) = free_ports(1)
            say(f"port {port} is in use, by another demo perhaps: the page of this one is at {free}")
            port = free
            await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{port}"
    finally:
        await runner.cleanup()


async def _page(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE)


async def _flow(watch: Watch) -> web.Response:
    system = watch.system
    links = {
        "subscriptions": system.urls["subscriptions"],
        "inbox": system.inbox_url,
        "receiver": system.receiver_url,
        "services": dict(system.urls),
    }
    return web.json_response({**watch.flow, "links": links})
