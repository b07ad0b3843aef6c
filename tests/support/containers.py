"""Kafka and PostgreSQL as containers of the images that docker-compose.yml names, set up as the embedded stack is."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import kafka as embedded
from deploy.local.ports import HOST, free_ports
from deploy.local.postgres import NOT_DURABLE
from tests.support.until import until_true

_COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
_STARTS_WITHIN = 120.0
_CONTROLLER = 9093


@contextlib.contextmanager
def kafka() -> Iterator[str]:
    """Yields its bootstrap address. Clients are sent to the port on this machine, which has to be known before it starts."""
    (port,) = free_ports(1)
    settings = embedded.SETTINGS.format(host="0.0.0.0", broker=port, advertised=port, controller=_CONTROLLER, data="/tmp/data")
    container = _docker().DockerContainer(_image("kafka"))
    container.ports[f"{port}/tcp"] = (HOST, port)  # `with_bind_ports` would listen on every address
    for line in settings.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    container.with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://{HOST}:{port}")
    container.with_env("KAFKA_CONTROLLER_QUORUM_VOTERS", f"1@localhost:{_CONTROLLER}")
    container.with_env("KAFKA_HEAP_OPTS", "-Xmx512m")
    with container:
        until_true(lambda: asyncio.run(_answers(f"{HOST}:{port}")), within=_STARTS_WITHIN)
        yield f"{HOST}:{port}"


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Yields the DSN of its superuser."""
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(_image("postgres"), driver=None)
    settings = {**NOT_DURABLE, "max_connections": "300"}
    container.with_command(["postgres", *(f"-c{name}={value}" for name, value in settings.items())])
    with container:
        yield container.get_connection_url(host=HOST)


def _docker() -> Any:
    """The library asks for the engine when it is imported; who runs the embedded stack need not have one."""
    from testcontainers.core import container

    return container


def _image(service: str) -> str:
    return str(yaml.safe_load(_COMPOSE.read_text())["services"][service]["image"])


async def _answers(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True
