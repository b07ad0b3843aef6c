"""Stands between the services and what they talk to, cuts or slows the connections, and notes who made them."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable

from deploy.local.ports import HOST


class Proxy:
    """Forwards TCP from `port` to `target`, both on this machine."""

    def __init__(self, port: int, target: int, whose: Callable[[int], str] | None = None) -> None:
        """`whose` says who connected from a port of this machine, "" where that is not known; without it nobody is noted."""
        self.port = port
        self.delay = 0.0
        """Seconds by which everything that passes is late, in both directions."""
        self._target = target
        self._whose = whose
        self._passed: dict[int, list[tuple[float, str]]] = defaultdict(list)
        """By the port that the target sees a connection come from: since when (`time.time`), and who made it."""
        self._open: set[_Side] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Side(self, self._open), HOST, self.port)

    @property
    def holds(self) -> bool:
        """Whether something has come in that is still to be passed on."""
        return any(side.holds for side in self._open)

    def cut(self) -> None:
        """Break every connection; new ones are taken."""
        for side in list(self._open):
            side.abort()

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    def sender(self, port: int, at: float) -> str:
        """Who made the connection that the target saw come from `port` at that moment; "" where that is not known."""
        return next((who for since, who in reversed(self._passed.get(port, [])) if since <= at), "")

    async def connect(self, side: "_Side") -> "_Side | None":
        """The other side of a connection that came in; None where nobody is there."""
        who = self._whose(side.peer) if self._whose else ""
        try:
            _, other = await asyncio.get_running_loop().create_connection(lambda: _Side(self, self._open), HOST, self._target)
        except OSError:
            side.abort()
            return None
        if self._whose:
            self._passed[other.port].append((time.time(), who))
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
        self.port = self.peer = 0
        """Of this end, and of whoever it talks to."""

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)
        here, there = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if here is None or there is None:  # whoever dialled has gone already
            transport.abort()
            return
        self.port, self.peer = here[1], there[1]
        if self.port == self._proxy.port:  # it came in: find its other end
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
