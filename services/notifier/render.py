"""Renders the frozen content of a mail into its bytes: multipart/alternative, the same bytes for the same content."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from runtime.errors import Permanent
from schemas.filter.phrases import pay_range
from schemas.posting import PostingSummary
from services.notifier.domain.content import NAMED, cut
from services.notifier.domain.mail import is_address, mail_bytes, subject
from services.notifier.domain.verdict import verdict_words

_PLACES: Final = 4
_TOLD: Final = 10
"""Most subscriptions whose reasons a mail lists; of the others it says how many they are."""


class BadAddress(Permanent):
    """The address is none that mail can be sent to."""


class Renderer:
    """Holds the compiled templates and what is the same in every mail of this deployment."""

    def __init__(self, *, sender: str, list_domain: str, public_url: str, postal_address: str) -> None:
        name, address = parseaddr(sender)
        self._sender = str(Address(name, addr_spec=address))
        self._domain = list_domain
        self._public_url = public_url
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(enabled_extensions=("html.j2",), disabled_extensions=("txt.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters |= {"line": _line, "cut": cut}
        self._templates.globals |= {"public_url": public_url, "postal_address": postal_address}

    def mail(self, content: dict[str, Any], *, delivery_id: UUID, message_id: str, to: str) -> bytes:
        """The whole message (RFC 5322). Raises `BadAddress`; a value that would break a header is a `ValueError`."""
        if not is_address(to):
            raise BadAddress
        values = _letter_values(content) if "posting" not in content else _alert_values(content)
        headers = [
            ("From", self._sender),
            ("To", to),
            ("Subject", subject(self._render(content, "subject.txt", values))),
            ("Date", format_datetime(datetime.fromisoformat(content["date"]))),
            ("Message-ID", message_id),
            ("Auto-Submitted", "auto-generated"),  # RFC 3834
            *self._list_headers(content),
        ]
        text, html = (self._render(content, part, values) for part in ("txt", "html"))
        return mail_bytes(headers, text=text, html=html, boundary=f"=_{delivery_id.hex}")

    def _list_headers(self, content: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if "unsubscribe" not in content:
            return
        yield "List-Id", f"job alerts <alerts.{self._domain}>"
        yield "List-Unsubscribe", f"<{self._public_url}/unsubscribe?token={content['unsubscribe']}>"  # RFC 8058
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
        yield "Feedback-ID", f"alert:{self._domain}"
        if content["in_reply_to"]:
            yield "In-Reply-To", content["in_reply_to"]
            yield "References", content["in_reply_to"]

    def _render(self, content: dict[str, Any], part: str, values: dict[str, Any]) -> str:
        return self._templates.get_template(f"{content['template']}.{part}.j2").render(values)


def _letter_values(content: dict[str, Any]) -> dict[str, Any]:
    until = datetime.fromisoformat(content["expires_at"]).astimezone(UTC)
    return {
        "token": content["token"],
        "name": content.get("name", ""),
        "until": f"{until.day} {until:%B %Y, %H:%M} UTC",
    }


def _alert_values(content: dict[str, Any]) -> dict[str, Any]:
    posting = PostingSummary.model_validate(content["posting"])
    places = [place.words() for place in posting.places] or list(posting.remote_from)
    if len(places) > _PLACES:
        places[_PLACES:] = [f"and {len(places) - _PLACES} more"]
    workplace = {"remote": "Remote", "hybrid": "Hybrid", "on_site": "On site", None: ""}[posting.workplace]
    return {
        "posting": posting,
        "url": posting.url if posting.url.lower().startswith(("https://", "http://")) else "",
        "where": " · ".join(filter(None, [workplace, "; ".join(places)])),
        "pay": pay_range(posting.pay) if posting.pay else "",
        "verdict": verdict_words(posting.verdict),
        "blocks": posting.verdict.blocks_visa_holder,
        "because": content["because"][:_TOLD],
        "more": max(0, len(content["because"]) - _TOLD),
        "unsubscribe": content["unsubscribe"],
        "unsubscribe_words": _unsubscribe_words(len(content["because"])),
        "manage": content["manage"],
    }


def _unsubscribe_words(subscriptions: int) -> str:
    if subscriptions > NAMED:
        return "Unsubscribe from all your alerts by mail"
    return "Unsubscribe from this alert" if subscriptions == 1 else "Unsubscribe from these alerts"


def _line(text: str) -> str:
    """On one line: what a posting says cannot pretend to be ours."""
    return " ".join(text.split())
