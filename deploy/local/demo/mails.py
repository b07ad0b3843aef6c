"""The mails that arrived, from our own inbox or from Mailpit, as ours tells them (`deploy.local.mailbox.Mail.summary`)."""

from typing import Any, Final

import aiohttp

from deploy.local.mailbox import Mail
from deploy.local.running import Running

_PAGE: Final = 500


async def fetch_mails(session: aiohttp.ClientSession, running: Running, *, to: str = "") -> list[dict[str, Any]]:
    """All that are kept, or those for one address."""
    if running.is_mailpit:
        return await _from_mailpit(session, running.inbox_url, to)
    return await fetch_all(session, f"{running.inbox_url}/api/messages", {"to": to})


async def fetch_all(session: aiohttp.ClientSession, url: str, params: dict[str, str]) -> list[dict[str, Any]]:
    """Every page of a list that is asked for with `after`."""
    found: list[dict[str, Any]] = []
    while True:
        async with session.get(url, params={**params, "after": str(found[-1]["number"] if found else 0)}) as response:
            page = await response.json()
        if not page:
            return found
        found += page


async def _from_mailpit(session: aiohttp.ClientSession, url: str, to: str) -> list[dict[str, Any]]:
    """By Mailpit's API v1. The newest is first, so that a page may repeat what moved while it was asked for."""
    found: dict[str, dict[str, Any]] = {}
    start = 0
    while True:
        async with session.get(f"{url}/api/v1/messages", params={"start": start, "limit": _PAGE}) as response:
            page = await response.json()
        for told in page["messages"]:
            addresses = tuple(address["Address"] for address in told["To"])
            if told["ID"] not in found and (not to or to in addresses):
                found[told["ID"]] = await _mail(session, url, told, addresses)
        start += len(page["messages"])
        if not page["messages"] or start >= page["total"]:
            return list(found.values())


async def _mail(session: aiohttp.ClientSession, url: str, told: dict[str, Any], to: tuple[str, ...]) -> dict[str, Any]:
    async with session.get(f"{url}/api/v1/message/{told['ID']}/raw") as response:
        raw = await response.read()
    mail = Mail(
        number=0,
        received_at=told.get("Created", ""),
        envelope_from=told["From"]["Address"],
        to=to,
        message_id=f"<{told['MessageID']}>",
        raw=raw,
    )
    return mail.summary
