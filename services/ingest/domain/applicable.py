"""How far a text speaks of its job: some end in a notice for other jobs of the house, and say so themselves.

"The policies below are for full-time roles. These do not apply to the fellowship": what stands behind it is not of this job.
"""

import re
from typing import Final

from services.ingest.domain.vicinity import look_for, lowered, matches_near

_WORDS: Final = look_for("not apply to", "n’t apply to", "n't apply to")
_NOTICE: Final = re.compile(
    r"\b(?:below|following)\b[^\n]{0,120}?(?:\bdo(?:es)? not|n['’]t) apply to (?:this|the|our) (?:[\w-]+ ){0,3}?"
    r"(?:program(?:me)?|fellowship|internship|apprenticeship|residency|role|position|job|opening|vacancy)s?\b"
)
_BEFORE: Final = 200
_BEHIND: Final = 80


def applicable(text: str) -> str:
    """The text up to the end of such a notice, so that offsets stay."""
    notices = matches_near(_NOTICE, lowered(text), _WORDS, before=_BEFORE, after=_BEHIND)
    return text[: min((notice.end() for notice in notices), default=len(text))]
