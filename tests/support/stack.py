"""The real Kafka and PostgreSQL that tests run on, and what each test gets of its own: a topic prefix and a database."""

import itertools
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.stack import Stack
from deploy.provision import OWNERS, provision_database, provision_topics
from tests.support import containers

TEMPLATE = "jobalerts_template"
PASSWORD = "test"


@dataclass
class TestStack:
    """Where Kafka and PostgreSQL are. Everything made from here goes with them."""

    __test__ = False
    kafka: str
    admin_dsn: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _migrated: bool = False

    async def prefix(self) -> str:
        """A fresh topic prefix, every declared topic created under it."""
        prefix = f"t{secrets.token_hex(4)}."
        await provision_topics(self.kafka, prefix=prefix, replication=1, minimum_in_sync=1)
        return prefix

    async def databases(self) -> dict[str, str]:
        """A fresh database; each service's DSN into it."""
        if not self._migrated:
            await self._make_template()
        name = f"test_{next(self._numbers)}_{secrets.token_hex(4)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return self._dsns(name)

    async def _make_template(self) -> None:
        await self._execute(f"CREATE DATABASE {TEMPLATE}")
        await provision_database(at_database(self.admin_dsn, TEMPLATE), self._dsns(TEMPLATE))
        self._migrated = True

    def _dsns(self, database: str) -> dict[str, str]:
        host = urlsplit(self.admin_dsn).netloc.rpartition("@")[2]
        return {owner: f"postgresql://{owner}:{PASSWORD}@{host}/{database}" for owner in OWNERS}

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def at_database(dsn: str, database: str) -> str:
    """The same DSN, to another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@contextmanager
def open_stack() -> Iterator[TestStack]:
    """Start both, as JOBALERTS_TEST_STACK says (`embedded`, which needs nothing, or `containers`); end both."""
    match wanted := os.environ.get("JOBALERTS_TEST_STACK", "embedded"):
        case "embedded":
            with Stack(durable=False) as stack:  # ends also when the tests are killed
                stack.start("kafka", "postgres")
                yield TestStack(stack.kafka.bootstrap, stack.postgres.dsn())
        case "containers":
            with containers.kafka() as bootstrap, containers.postgres() as dsn:
                yield TestStack(bootstrap, dsn)
        case _:
            raise ValueError(f"JOBALERTS_TEST_STACK is {wanted!r}: it may be embedded or containers")
