"""Fetches a page of a source. One page at a time, at most 20 MB of it, with our name on it."""

from typing import Final

import aiohttp

from runtime.errors import Fatal
from services.ingest.sources.source import Request

_AGENT: Final = "jobalerts (job alerts for people who need a visa sponsored)"
_WITHIN: Final = aiohttp.ClientTimeout(total=30)
MOST: Final = 20 * 1024 * 1024
"""Bytes of a page."""


async def fetch(request: Request, *, said: str) -> bytes:
    """The page's bytes. Raises `Fatal`, which names what was answered instead. `said`: the address without its keys."""
    headers = {
        "User-Agent": _AGENT,
        "Accept": "application/json, text/html, application/xml;q=0.9, */*;q=0.5",
        **request.headers,
    }
    method, body = ("GET", None) if request.body is None else ("POST", dict(request.body))
    try:
        async with (
            aiohttp.ClientSession(timeout=_WITHIN) as session,
            session.request(method, request.url, json=body, headers=headers) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 -- OK
                raise Fatal(f"{said} answered {answer.status} {answer.reason}: is the name of the board right?")
            page = bytearray()
            async for chunk in answer.content.iter_any():
                page += chunk
                if len(page) > MOST:
                    raise Fatal(f"{said} is longer than {MOST // 1024 // 1024} MB")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Fatal(f"{said} cannot be fetched: {str(error) or 'no answer within 30 s'}") from None
    return bytes(page)
