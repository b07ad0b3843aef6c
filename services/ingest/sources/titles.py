"""A title or a name as a page writes it enters, one line of plain text leaves: without tags, and with characters for entities.

Only tags of HTML are taken out: "Developer (List<String>)" is as it is. What was escaped twice is resolved twice.
"""

import html
import re
from typing import Final

from services.ingest.domain.characters import fold

_WITHIN: Final = r"a|abbr|b|big|code|em|font|i|ins|mark|s|small|span|strike|strong|sub|sup|u"
_APART: Final = r"blockquote|br|center|div|h[1-6]|hr|img|li|ol|p|pre|section|table|tbody|td|th|tr|ul"
_INLINE_TAG: Final = re.compile(rf"(?i)</?(?:{_WITHIN})(?:[\s/][^<>]*)?>")
_TAG: Final = re.compile(rf"(?i)</?(?:{_APART})(?:[\s/][^<>]*)?>|<!--[^<>]*-->")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
"""With its semicolon: in "R&D" there is none."""
_TIMES: Final = 3
"""That something may be escaped."""


def plain_line(text: str) -> str:
    """On one line, white space folded; empty where it is nothing but tags."""
    for _ in range(_TIMES):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return fold(_TAG.sub(" ", _INLINE_TAG.sub("", text)) if "<" in text else text)
