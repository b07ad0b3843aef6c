"""Tells whose API key was presented."""

from runtime.errors import Permanent
from runtime.postgres import Pool
from services.ingest.domain.publisher import Publisher, is_same, public_id_of
from services.ingest.store import transaction
from services.ingest.store.publishers import fetch_key


class NotAuthenticated(Permanent):
    """Send your API key as `Authorization: Bearer jai_...`; this request has none that counts."""


async def authenticate(pool: Pool, key: str) -> Publisher:
    """The publisher. Raises `NotAuthenticated` without saying what is wrong with the key, and `store.Unavailable`."""
    public_id = public_id_of(key)
    if public_id is None:
        raise NotAuthenticated
    async with transaction(pool) as connection:
        found = await fetch_key(connection, public_id)
    if found is None or not is_same(key, found[1]):
        raise NotAuthenticated
    return found[0]
