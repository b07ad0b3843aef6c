"""Names that may have been meant by one that is not known, for a warning beside a filter."""

from collections.abc import Collection
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.8
"""Least likeness of two names (difflib's ratio): one letter wrong, missing, too many or swapped in one of six."""
LENGTHS: Final = 2
LETTERS: Final = 3
"""Most letters that stand in one of two names only: a cheap look before the dear one."""
NEARLY: Final = 0.1
"""How much less alike than the best another may be."""


class Spelling:
    """Known names, in their order. People rarely get the first letter wrong, so only names that begin alike are looked at."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._beginning: dict[str, list[str]] = {}

    def near(self, name: str) -> list[str]:
        """A few of them, the most alike first; none where the name is known itself."""
        if not name or name in self._names:
            return []
        letters, matcher = set(name), SequenceMatcher(b=name, autojunk=False)
        alike: list[tuple[float, str]] = []
        for known in self._begin(name[0]):
            if abs(len(known) - len(name)) <= LENGTHS and len(letters.symmetric_difference(known)) <= LETTERS:
                matcher.set_seq1(known)
                if matcher.quick_ratio() >= ALIKE and (ratio := matcher.ratio()) >= ALIKE:
                    alike.append((ratio, known))
        best = max(alike, default=(0.0, ""))[0]
        return [known for ratio, known in sorted(alike, key=lambda found: -found[0]) if ratio >= best - NEARLY]

    def _begin(self, letter: str) -> list[str]:
        if letter not in self._beginning:
            self._beginning[letter] = [name for name in self._names if name[:1] == letter]
        return self._beginning[letter]
