"""Templates become answers. No page runs a script, loads anything from elsewhere or may be framed; links with tokens are not
passed on as referrers and not kept in caches.

There are no cookies: what a form may do is in the token of its hidden field, which no other site knows, so that there is no
request to be forged across sites.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.filter.description import described
from services.subscriptions.web.doubts import doubts

_HERE: Final = Path(__file__).parent
STYLE: Final = (_HERE / "style.css").read_bytes()

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of `templates/`."""
    text = _environment.get_template(f"{template}.html").render(context, status=status)
    return Response(text, status_code=status, headers=HEADERS, media_type="text/html; charset=utf-8")


def style() -> Response:
    """The stylesheet; its address changes with its content."""
    return Response(STYLE, headers={"cache-control": "public, max-age=31536000, immutable"}, media_type="text/css")


def _day(time: datetime) -> str:
    return f"{time.day} {time:%B %Y}"


def _moment(time: datetime) -> str:
    return f"{_day(time)}, {time:%H:%M} UTC"


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"described": described, "doubts": doubts, "day": _day, "moment": _moment}
    environment.globals["style"] = f"/style.css?{hashlib.sha256(STYLE).hexdigest()[:12]}"
    return environment


_environment: Final = _make_environment()
