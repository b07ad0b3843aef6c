"""What tests of dispatchers share: mails on their way, and how far they got."""

import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.notifier.outside import MailServer
from tests.integration.notifier.world import (
    World,
    mail_sender,
)

NOTHING = "nothing had been told of this posting, so there was nothing to correct"


def recipients(smtp: MailServer) -> list[str]:
    return [recipient for recipient, _ in smtp.mails]


def message_ids(smtp: MailServer) -> list[str]:
    return [str(email.message_from_bytes(mail)["Message-ID"]) for _, mail in smtp.mails]


@asynccontextmanager
async def mailing(world: World, smtp: MailServer, *, connections: int = 4) -> AsyncIterator[None]:
    async with mail_sender(world.sealer, smtp.port, connections=connections) as sender, world.dispatching(sender):
        yield


async def is_given_back(world: World) -> bool:
    return not await world.pool.fetchval("SELECT EXISTS (SELECT FROM destinations WHERE leased_until > now())")


async def has_attempts(world: World, number: int) -> bool:
    return bool(await world.pool.fetchval("SELECT count(*) = $1 FROM attempts", number))
