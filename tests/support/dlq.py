"""Dead letters as tests make them, and the command that sees to them, as a process of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from runtime.broker import open_producer
from runtime.dead_letters import DeadLetters
from schemas.topics import GROUPS


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a command that has ended."""

    code: int
    out: str
    err: str


async def dlq(service: str, environment: Mapping[str, str], *words: str) -> Answer:
    """`python -m services.<service> dlq <words>`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{service}",
        "dlq",
        *words,
        env={"PATH": os.environ["PATH"], f"{service.upper()}_HTTP_PORT": "0", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Answer(process.returncode, out.decode(), err.decode())


async def set_aside(kafka: str, prefix: str, group: str, *values: bytes) -> None:
    """Letters as a consumer of the group leaves them; the records' offsets count from 0."""
    async with open_producer(kafka, prefix=prefix, client="test") as producer:
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=group)
        for offset, value in enumerate(values):
            record = ConsumerRecord(prefix + GROUPS[group].name, 0, offset, 0, 0, b"key", value, None, 0, 0, ())
            await letters.publish(record, KeyError("a fault of an earlier version"), attempts=2, row=1.0)
