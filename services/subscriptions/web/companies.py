"""Names of companies as people list them: one text enters, the names leave."""

import re
from collections.abc import Iterable
from typing import Final

_FORMS: Final = r"(?:Inc|L\.?L\.?C|Ltd|GmbH|Corp|Co|P\.?L\.?C|A\.?G|S\.?A|L\.?P|L\.?L\.?P)\.?"
_BETWEEN: Final = re.compile(rf"[;\r\n]|,(?!\s*{_FORMS}\s*(?:[,;\r\n]|$))", re.IGNORECASE)
"""What separates two of them. The comma before a legal form belongs to the name: Google, Inc., Meta are two."""


def split(text: str) -> list[str]:
    return [name for part in _BETWEEN.split(text) if (name := part.strip())]


def joined(names: Iterable[str]) -> str:
    """As they are shown again: `split` reads the same names back."""
    return "; ".join(names)
