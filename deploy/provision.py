"""Makes an empty cluster and database ready: topics as declared, a role and a schema for each service, migrations.

    python -m deploy.provision topics      creates missing topics; refuses drifted ones
    python -m deploy.provision database    roles, schemas, migrations
    python -m deploy.provision             both

Reads JOBALERTS_KAFKA, JOBALERTS_TOPIC_PREFIX, JOBALERTS_REPLICATION (3), JOBALERTS_MINIMUM_IN_SYNC (2), JOBALERTS_ADMIN (a
DSN whose role may create roles), and INGEST_POSTGRES, NOTIFIER_POSTGRES, SUBSCRIPTIONS_POSTGRES (each service's own DSN); each
from the environment, or from a file of that name (lower case) in the folder that JOBALERTS_SECRETS names.
"""

import asyncio
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from runtime.errors import Fatal
from runtime.migrate import migrate
from runtime.topics import create_topics
from schemas.topics import declared

SERVICES = Path(__file__).parent.parent / "services"
OWNERS = ("ingest", "notifier", "subscriptions")
"""The services that own tables: each a role, and a schema of the same name, which makes it the role's search path."""


async def provision_topics(bootstrap: str, *, prefix: str, replication: int, minimum_in_sync: int) -> list[str]:
    """Create what is missing of `schemas.topics`; raise where something else exists."""
    return await create_topics(bootstrap, declared(), prefix=prefix, replication=replication, minimum_in_sync=minimum_in_sync)


async def provision_database(admin_dsn: str, dsns: dict[str, str]) -> list[str]:
    """Role, schema and migrations for each service in `dsns` (name to its own DSN). Returns the migrations that ran."""
    ran = []
    for service, dsn in dsns.items():
        await _provision_role(admin_dsn, service, unquote(urlsplit(dsn).password or ""))
        ran += [f"{service}/{name}" for name in await migrate(dsn, SERVICES / service / "migrations")]
    return ran


async def _provision_role(admin_dsn: str, service: str, password: str) -> None:
    if not re.fullmatch(r"[a-z]+", service) or not password:
        raise Fatal(f"{service.upper()}_POSTGRES must name the role `{service}` and its password")
    admin = await asyncpg.connect(admin_dsn)
    try:
        async with admin.transaction():
            await admin.execute("SELECT pg_advisory_xact_lock(hashtext('jobalerts.provision'))")
            exists = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", service)
            quoted = await admin.fetchval("SELECT quote_literal($1::text)", password)
            await admin.execute(f"{'ALTER' if exists else 'CREATE'} ROLE {service} LOGIN PASSWORD {quoted}")
            await admin.execute(f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {service}")
            await admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    finally:
        await admin.close()


def _setting(name: str, default: str | None = None) -> str:
    file = Path(os.environ.get("JOBALERTS_SECRETS", os.devnull)) / name.lower()
    if name not in os.environ and file.is_file():
        return file.read_text("utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise Fatal(f"{name} is not set; see `python -m deploy.provision --help`")
    return value


async def _main(what: str) -> None:
    if what in ("topics", "all"):
        created = await provision_topics(
            _setting("JOBALERTS_KAFKA"),
            prefix=_setting("JOBALERTS_TOPIC_PREFIX", ""),
            replication=int(_setting("JOBALERTS_REPLICATION", "3")),
            minimum_in_sync=int(_setting("JOBALERTS_MINIMUM_IN_SYNC", "2")),
        )
        print("topics created:", ", ".join(created) or "none, all are as declared")
    if what in ("database", "all"):
        dsns = {owner: _setting(f"{owner.upper()}_POSTGRES") for owner in OWNERS}
        ran = await provision_database(_setting("JOBALERTS_ADMIN"), dsns)
        print("migrations run:", ", ".join(ran) or "none, the schemas are up to date")


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["all"]
    if arguments[0] not in ("topics", "database", "all"):
        sys.exit(__doc__)
    try:
        asyncio.run(_main(arguments[0]))
    except Fatal as error:
        sys.exit(str(error))
