"""The whole system on one machine: the stack, topics and schemas, and the four services as processes of their own.

Used by the demo, the end-to-end tests and the benchmarks. Everything ends with the `Stack` it was started on.
"""

import asyncio
import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from deploy.local.ports import HOST, free_ports
from deploy.local.running import Running
from deploy.local.stack import Child, Stack
from deploy.provision import OWNERS, provision_database, provision_topics

SERVICES: Final = ("ingest", "matcher", "notifier", "subscriptions")
PREVIEW: Final = "preview"
"""The matcher's other role, a process of its own: started where it is asked for by name."""
_ROLES: Final[Mapping[str, tuple[str, ...]]] = {PREVIEW: ("matcher", "preview")}
"""Of a process that is called otherwise: its service, and what it is started with."""
DATABASE: Final = "jobalerts"
STARTS_WITHIN: Final = 60.0
"""Seconds until a service must be ready."""


@dataclass(frozen=True, kw_only=True)
class System(Running):
    """What was started here, and how."""

    kafka: str
    dsns: Mapping[str, str]
    sealing_keys: str
    stack: Stack

    def spawn(self, service: str, *arguments: str, name: str = "") -> Child:
        """Start a service in a process of its own; `arguments` are its roles, none for all. `name` names its log."""
        module, *role = _ROLES.get(service, (service,))
        argv = [sys.executable, "-m", f"services.{module}", *role, *arguments]
        return self.stack.spawn(name or service, argv, self.environments[service])

    def await_ready(self, service: str, child: Child, say: Callable[[str], None]) -> None:
        """Return once it is ready, or raise with the last lines of its log."""
        child.wait_ready(f"{self.urls[service]}/health/ready", STARTS_WITHIN)
        say(f"{service} is ready at {self.urls[service]}")


def start_system(
    stack: Stack,
    say: Callable[[str], None],
    *,
    services: Sequence[str] = SERVICES,
    settings: Mapping[str, str] | None = None,
) -> System:
    """Start what is missing of the stack, provision it, start `services` and return when each of them is ready.

    `settings` are further environment variables, for all services.
    """
    stack.start()
    dsns = {owner: _dsn(stack.postgres.dsn(DATABASE), owner) for owner in OWNERS}
    asyncio.run(_provision(stack, dsns))
    say("topics and schemas are in place")
    names = tuple(dict.fromkeys((*SERVICES, *services)))  # each may be started later
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    urls = {service: f"http://{HOST}:{port}" for service, port in ports.items()}
    keys = f"1:{base64.b64encode(os.urandom(32)).decode()}"
    environments = {
        service: {
            **_common(service, stack.kafka.bootstrap, ports[service], dsns.get(service)),
            **_own(service, keys, urls["subscriptions"], stack.inbox.smtp_port),
            **(settings or {}),
        }
        for service in names
    }
    system = System(
        kafka=stack.kafka.bootstrap,
        admin_dsn=stack.postgres.dsn(DATABASE),
        dsns=dsns,
        urls=urls,
        inbox_url=stack.inbox.url,
        receiver_url=stack.receiver.url,
        sealing_keys=keys,
        environments=environments,
        stack=stack,
    )
    children = {service: system.spawn(service) for service in services}
    with ThreadPoolExecutor() as pool:  # side by side: each says when it is ready
        list(pool.map(lambda service: system.await_ready(service, children[service], say), services))
    return system


async def _provision(stack: Stack, dsns: Mapping[str, str]) -> None:
    admin = await asyncpg.connect(stack.postgres.dsn())
    try:
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await admin.close()
    await asyncio.gather(
        provision_topics(stack.kafka.bootstrap, prefix="", replication=1, minimum_in_sync=1),
        provision_database(stack.postgres.dsn(DATABASE), dict(dsns)),
    )


def _dsn(admin_dsn: str, role: str) -> str:
    parts = urlsplit(admin_dsn)
    return f"postgresql://{role}:{secrets.token_hex(12)}@{parts.hostname}:{parts.port}{parts.path}"


def _common(service: str, kafka: str, port: int, dsn: str | None) -> dict[str, str]:
    prefix = _ROLES.get(service, (service,))[0].upper()
    common = {f"{prefix}_KAFKA": kafka, f"{prefix}_HTTP_HOST": HOST, f"{prefix}_HTTP_PORT": str(port)}
    return common | ({f"{prefix}_POSTGRES": dsn} if dsn else {})


def _own(service: str, keys: str, public_url: str, smtp_port: int) -> dict[str, str]:
    if service == "notifier":
        return {
            "NOTIFIER_SEALING_KEYS": keys,
            "NOTIFIER_PUBLIC_URL": public_url,
            "NOTIFIER_SMTP_HOST": HOST,
            "NOTIFIER_SMTP_PORT": str(smtp_port),
            "NOTIFIER_POSTAL_ADDRESS": "jobalerts demo, mails stay on this machine",
            "NOTIFIER_ALLOW_INSECURE_WEBHOOKS": "true",
        }
    if service == "subscriptions":
        return {
            "SUBSCRIPTIONS_SEALING_KEYS": keys,
            "SUBSCRIPTIONS_PUBLIC_URL": public_url,
            "SUBSCRIPTIONS_ALLOW_INSECURE_ENDPOINTS": "true",
        }
    return {}
