"""Stands between the services and what they talk to, and cuts or slows the connections."""

import asyncio
from collections import deque

from deploy.local.ports import HOST


class Proxy:
    """Forwards TCP from `port` to `target`, both on this machine."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.delay = 0.0
        """Seconds by which everything that passes is late, in both directions."""
        self._target = target
        self._open: set[_Side] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Side(self, self._open), HOST, self.port)

    def cut(self) -> None:
        """Break every connection; new ones are taken."""
        for side in list(self._open):
            side.abort()

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    async def connect(self, side: "_Side") -> "_Side | None":
        """The other side of a connection that came in; None where nobody is there."""
        try:
            _, other = await asyncio.get_running_loop().create_connection(lambda: _Side(self, self._open), HOST, self._target)
        except OSError:
            side.abort()
            return None
        return other


class _Side(asyncio.Protocol):
    """One end: what it receives is written to the other end, in order."""

    def __init__(self, proxy: Proxy, open_sides: "set[_Side]") -> None:
        self._proxy = proxy
        self._open = open_sides
        self._transport: asyncio.Transport | None = None
        self._other: _Side | None = None
        self._held: deque[tuple[float, bytes]] = deque()
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)
        if transport.get_extra_info("sockname")[1] == self._proxy.port:  # it came in: find its other end
            self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        other = await self._proxy.connect(self)
        if other is not None:
            self._other, other._other = other, self
            if self._transport is None:
                other.abort()
            self._pass_on()

    def data_received(self, data: bytes) -> None:
        due = asyncio.get_running_loop().time() + self._proxy.delay
        if self._held:
            due = max(due, self._held[-1][0])
        self._held.append((due, data))
        self._pass_on()

    def _pass_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._held and self._other is not None:
            due, data = self._held[0]
            if due > loop.time():
                loop.call_at(due, self._pass_on)
                return
            self._held.popleft()
            self._other.write(data)

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._open.discard(self)
        self._transport = None
        if self._other is not None:  # what came in before is still passed on
            after = self._held[-1][0] + 0.001 if self._held else 0
            asyncio.get_running_loop().call_at(after, self._other.close)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
