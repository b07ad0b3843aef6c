"""The sentence, or the item of a list, around some words of a text: roughly and fast, for rules that look at what stands near.

What a reader is shown is `sentence.sentence_at`.
"""

import re
from typing import Final

BOUND: Final = re.compile(r"[.!?;\n•·|*–—-](?:(?<=[.!?;])(?:\s|\Z)|(?<=[\n•·|])|(?<=\s[*–—-])\s)")
"""Between sentences and items; lists in one line have their bullets inside it: "- Java - Kafka".

It begins with one class of characters, which is what makes it fast.
"""


def around(text: str, start: int, end: int, *, before: int, behind: int, bound: re.Pattern[str] = BOUND) -> tuple[int, int]:
    """Where it begins and ends, at most so many characters before `start` and behind `end`."""
    begin, last = max(0, start - before), min(len(text), end + behind)
    for found in bound.finditer(text, begin, start):
        begin = found.end()
    following = bound.search(text, end, last)
    return begin, following.start() if following else last
