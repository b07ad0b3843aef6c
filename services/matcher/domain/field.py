"""The texts of one field of all postings: a term enters, the slots leave in whose text it occurs, as `Facts` would find it."""

import numpy as np

from services.matcher.domain.column import Mask
from services.matcher.domain.lexicon import Lexicon


class Field:
    """Texts as they are `spaced`. Single words are answered by the lexicon; of longer terms, its answers are looked through."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        """By slot; empty where there is none."""
        self._lexicon = Lexicon()

    def put(self, slot: int, text: str) -> None:
        self._lexicon.add(slot, set(text.split()))
        self.texts[slot] = text

    def drop(self, slot: int) -> None:
        self._lexicon.remove(slot, set(self.texts[slot].split()))
        self.texts[slot] = ""

    def resize(self, capacity: int) -> None:
        self.texts += [""] * (capacity - len(self.texts))

    def find(self, term: str, within: Mask, *, prefix: bool = False) -> Mask:
        """Those of the slots `within` in whose text it occurs. `prefix`: its last word may go on."""
        words = term.split()
        if not words:
            return np.zeros_like(within)
        found = within
        whole = words[:-1] if prefix else words
        for word in sorted(whole, key=self._lexicon.count):
            found = found & self._having(word, within)
        if prefix:
            begun = np.zeros_like(within)
            self._lexicon.mark_beginning(words[-1], begun)
            found = found & begun
        return self._occurring(term, found) if len(words) > 1 else found

    def _having(self, word: str, like: Mask) -> Mask:
        mask = np.zeros_like(like)
        self._lexicon.mark(word, mask)
        return mask

    def _occurring(self, term: str, within: Mask) -> Mask:
        texts, found = self.texts, np.zeros_like(within)
        found[[slot for slot in np.flatnonzero(within).tolist() if term in texts[slot]]] = True
        return found
