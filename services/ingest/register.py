"""Lets publishers in and out: a name enters, a key leaves, once; only its hash is kept."""

import os
from collections.abc import Mapping

from runtime.errors import Permanent
from runtime.postgres import Pool
from services.ingest.domain.publisher import NAME, Key, Publisher, make_key
from services.ingest.domain.quota import Quota
from services.ingest.sources.source import Source
from services.ingest.store import transaction
from services.ingest.store.publishers import (
    PublisherRow,
    fetch_publisher,
    fetch_publishers,
    insert_key,
    insert_publisher,
    mark_keys_revoked,
    mark_publisher,
    mark_quota,
)


class BadName(Permanent):
    """A publisher's name has up to 100 lower-case letters, digits, dots and hyphens; letters or digits at both ends."""


class NameTaken(Permanent):
    """There is a publisher of that name already; `publisher renew` gives it a new key."""


class NotUnique(Permanent):
    """Two boards of this source may give two postings the same id: say whose these are, with --publisher NAME."""


class UnknownPublisher(Permanent):
    """There is no such publisher, or it was revoked; `publisher list` shows all."""


async def create(pool: Pool, name: str) -> Key:
    """A new publisher's key. Raises `BadName`, `NameTaken`."""
    if not NAME.fullmatch(name):
        raise BadName
    key = _new_key()
    async with transaction(pool) as connection:
        if (publisher := await insert_publisher(connection, name)) is None:
            raise NameTaken
        await insert_key(connection, publisher, key)
    return key


async def renew(pool: Pool, name: str) -> Key:
    """A new key in place of all that the publisher had; a revoked one may push again. Raises `UnknownPublisher`."""
    key = _new_key()
    async with transaction(pool) as connection:
        if (publisher := await mark_publisher(connection, name, revoked=False)) is None:
            raise UnknownPublisher
        await mark_keys_revoked(connection, publisher)
        await insert_key(connection, publisher, key)
    return key


async def revoke(pool: Pool, name: str) -> None:
    """None of its keys counts any longer; its postings stay as they are. Raises `UnknownPublisher`."""
    async with transaction(pool) as connection:
        if (publisher := await mark_publisher(connection, name, revoked=True)) is None:
            raise UnknownPublisher
        await mark_keys_revoked(connection, publisher)


async def find(pool: Pool, name: str) -> Publisher:
    """The publisher of that name. Raises `UnknownPublisher`, also where it was revoked."""
    async with transaction(pool) as connection:
        if (publisher := await fetch_publisher(connection, name)) is None:
            raise UnknownPublisher
    return publisher


async def find_or_create(pool: Pool, source: Source) -> Publisher:
    """The publisher that a source is itself; it has no key. Raises `NotUnique`, and `UnknownPublisher` where it was revoked."""
    if not source.ids_are_unique:
        raise NotUnique
    async with transaction(pool) as connection:
        await insert_publisher(connection, source.name)
    return await find(pool, source.name)


async def set_quota(pool: Pool, name: str, changes: Mapping[str, int | None]) -> Quota:
    """The quota that is its own, with these changes (`per_minute`, `most_open`; None for what holds for all).

    Replicas know it with the publisher's next request. Raises `UnknownPublisher`.
    """
    async with transaction(pool) as connection:
        if (quota := await mark_quota(connection, name, changes)) is None:
            raise UnknownPublisher
    return quota


async def list_all(pool: Pool) -> list[PublisherRow]:
    """Every publisher, by name."""
    async with transaction(pool) as connection:
        return await fetch_publishers(connection)


def _new_key() -> Key:
    return make_key(os.urandom(8), os.urandom(32))
