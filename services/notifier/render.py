"""Renders frozen content into bytes, the same for the same content: a mail as multipart/alternative, a webhook as JSON."""

import json
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from schemas.filter.reasons import pay_words
from schemas.posting import PostingSummary
from services.notifier.domain.content import verdict_words

_UNFOLDED: Final = SMTP.clone(max_line_length=0)
"""Folding would break the long tokens of List-Unsubscribe into encoded words, which no mail program follows."""


class Renderer:
    """Holds the compiled templates and what is the same in every mail of this deployment."""

    def __init__(self, *, sender: str, list_domain: str, public_url: str, postal_address: str) -> None:
        self._sender = sender
        self._domain = list_domain
        self._public_url = public_url
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(enabled_extensions=("html.j2",), disabled_extensions=("txt.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"public_url": public_url, "postal_address": postal_address}

    def mail(self, content: dict[str, Any], *, delivery_id: UUID, message_id: str, to: str) -> bytes:
        """The whole message (RFC 5322). A value that would break a header makes the standard library raise."""
        values = _letter_values(content) if "posting" not in content else _alert_values(content)
        render = self._render(content["template"], values)
        name, address = parseaddr(self._sender)
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(name, addr_spec=address)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = " ".join(render("subject.txt").split())
        message["Date"] = format_datetime(datetime.fromisoformat(content["date"]))
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834
        self._add_list_headers(message, content)
        message.set_content(render("txt"), cte="quoted-printable")
        message.add_alternative(render("html"), subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{delivery_id.hex}")
        return message.as_bytes(policy=_UNFOLDED)

    def _add_list_headers(self, message: EmailMessage, content: dict[str, Any]) -> None:
        if "unsubscribe" not in content:
            return
        message["List-Id"] = f"job alerts <alerts.{self._domain}>"
        message["List-Unsubscribe"] = f"<{self._public_url}/unsubscribe?token={content['unsubscribe']}>"  # RFC 8058
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Feedback-ID"] = f"alert:{self._domain}"
        if content["in_reply_to"]:
            message["In-Reply-To"] = message["References"] = content["in_reply_to"]

    def _render(self, template: str, values: dict[str, Any]) -> Callable[[str], str]:
        return lambda part: self._templates.get_template(f"{template}.{part}.j2").render(values)


def webhook_body(content: dict[str, Any]) -> bytes:
    """Compact JSON, keys in a fixed order: exactly these bytes are signed and sent, at every attempt."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _letter_values(content: dict[str, Any]) -> dict[str, Any]:
    return {"token": content["token"], "name": content.get("name", "")}


def _alert_values(content: dict[str, Any]) -> dict[str, Any]:
    posting = PostingSummary.model_validate(content["posting"])
    places = [place.words() for place in posting.places] or list(posting.remote_from)
    workplace = {"remote": "Remote", "hybrid": "Hybrid", "on_site": "On site", None: ""}[posting.workplace]
    return {
        "posting": posting,
        "where": " · ".join(filter(None, [workplace, "; ".join(places)])),
        "pay": pay_words(posting.pay) if posting.pay else "",
        "verdict": verdict_words(posting.verdict),
        "blocks": posting.verdict.blocks_visa_holder,
        "because": content["because"],
        "unsubscribe": content["unsubscribe"],
        "manage": content["manage"],
    }
