"""API keys: one that comes with a request is checked, new ones are issued, old ones revoked."""

from typing import Final
from uuid import UUID

from services.subscriptions import metrics
from services.subscriptions.domain import key
from services.subscriptions.errors import BadKey, TooMany
from services.subscriptions.seals import mint_key
from services.subscriptions.store import Store, keys, subscribers

MOST_KEYS: Final = 20
"""Keys that an account may have at a time."""


async def authenticate(store: Store, text: str) -> UUID:
    """The subscriber whose key this is, or `BadKey`."""
    if (parts := key.read(text)) is None:
        raise BadKey
    key_id, secret = parts
    async with store.reading() as connection:
        kept = await keys.fetch_key(connection, key_id)
        if kept is None or not key.proves(secret, kept.hash):
            raise BadKey
        if kept.stale:
            await keys.mark_key_used(connection, key_id)
        return kept.subscriber_id


async def issue_key(store: Store, subscriber_id: UUID) -> str:
    """A new key, shown once."""
    minted = mint_key()
    async with store.changing() as connection:
        await subscribers.claim_subscriber(connection, subscriber_id)
        if len(await keys.fetch_keys(connection, subscriber_id)) >= MOST_KEYS:
            raise TooMany
        await keys.insert_key(connection, minted.id, subscriber_id=subscriber_id, hash=minted.hash)
    metrics.changes.labels("key_issued").inc()
    return minted.text


async def revoke_key(store: Store, subscriber_id: UUID, id: UUID) -> None:
    """It opens nothing from now on."""
    async with store.changing() as connection:
        await keys.mark_key_revoked(connection, id, subscriber_id=subscriber_id)
    metrics.changes.labels("key_revoked").inc()
