"""Runs a service's parts side by side until it is told to stop, and stops them in order.

SIGTERM and SIGINT end it with exit code 0; a part that fails ends all of them, with the error on the last line and exit code 1.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final, NoReturn

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import FastAPI

from runtime import logs
from runtime.errors import Fatal, Unreachable
from runtime.failpoint import VARIABLE, arm

log = logs.get("runtime.process")

PATIENCE: Final = 60.0
"""Seconds for which a service that starts waits for Kafka and PostgreSQL."""
UNREAD: Final = 120.0
"""Seconds after which a client that does not read what it is sent loses its connection, where the system can do that."""
GARBAGE: Final = (50_000, 20, 50)
"""Thresholds of the collector. A batch is tens of thousands of live objects, which it looks at again and again by default, for
a third of the time to decode.
"""
_LOOKS_AGAIN: Final = 0.5
"""Seconds."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(app: FastAPI, *, host: str, port: int) -> None:
    """Answer HTTP until cancelled; requests under way get five seconds to finish."""
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[_bind(host, port)]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def _bind(host: str, port: int) -> socket.socket:
    try:
        listening = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while attempting")[0]  # the address is said once
        raise Fatal(f"cannot listen on {host}:{port}: {reason}. Choose another port or end what holds it") from None
    # A connection that is closed with something unsent stays until it is sent: who never reads could have any number.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD * 1000))  # connections inherit it
    return listening


async def run_until_stopped(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all parts; return when a signal asks to stop, raise when one of them fails or ends by itself."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(part) for part in parts]
    stopping = asyncio.ensure_future(_stopped(stop))
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    log.info("stopping")
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            log.error("a part failed", exc_info=result)
    stopping.cancel()
    for task in done - {stopping}:
        task.result()
        raise Fatal("a part of the service ended by itself")


async def _stopped(stop: asyncio.Event) -> None:
    await stop.wait()


def main(run: Callable[[], Awaitable[None]], *, patience: float = 0.0) -> None:
    """Run to the end under uvloop and leave with an exit code that says how it went.

    Kafka or PostgreSQL that cannot be reached is waited for, `patience` seconds from the start at the most: a service that
    ended instead would be started again and again, and take from them the processor that they come up with.

    A signal that comes while the service still starts, or to a command, ends it with 128 and the signal's number.
    """
    import uvloop  # noqa: PLC0415 -- only here, so that tests may run on any loop

    received: list[int] = []

    async def started() -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None

        def interrupt(number: int) -> None:
            received.append(number)
            task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, interrupt, number)  # until `run_until_stopped` takes over
        arm(os.environ.get(VARIABLE, ""))
        await _reaching(run, deadline=loop.time() + patience)

    gc.set_threshold(*GARBAGE)
    try:
        uvloop.run(started())
    except asyncio.CancelledError:
        if not received:
            raise
        sys.exit(128 + received[0])
    except Fatal as error:
        _give_up(str(error))
    except KafkaError as error:
        if not error.retriable:
            raise
        _give_up(f"cannot reach Kafka: {error}")  # gone since the topics were looked at, before a client was ready


async def _reaching(run: Callable[[], Awaitable[None]], *, deadline: float) -> None:
    said = None
    while True:
        try:
            return await run()
        except Unreachable as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise
            if str(error) != said:
                said = str(error)
                log.warning("waiting", reason=said)
        await asyncio.sleep(_LOOKS_AGAIN)


def _give_up(why: str) -> NoReturn:
    log.error("stopped", error=why)
    sys.exit(why)
