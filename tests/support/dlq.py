"""Dead letters as tests make them, and the command that sees to them, as a process of its own."""

from collections.abc import Mapping

from aiokafka import ConsumerRecord

from runtime.broker import open_producer
from runtime.dead_letters import DeadLetters
from schemas.topics import GROUPS
from tests.support.processes import Answer, answer


async def dlq(service: str, environment: Mapping[str, str], *words: str) -> Answer:
    """`python -m services.<service> dlq <words>`."""
    return await answer(service, "dlq", *words, env={f"{service.upper()}_HTTP_PORT": "0", **environment})


async def set_aside(kafka: str, prefix: str, group: str, *values: bytes) -> None:
    """Letters as a consumer of the group leaves them; the records' offsets count from 0."""
    async with open_producer(kafka, prefix=prefix, client="test") as producer:
        letters = DeadLetters(producer, bootstrap=kafka, prefix=prefix, group=group)
        for offset, value in enumerate(values):
            record = ConsumerRecord(prefix + GROUPS[group].name, 0, offset, 0, 0, b"key", value, None, 0, 0, ())
            await letters.publish(record, KeyError("a fault of an earlier version"), attempts=2, row=1.0)
