"""Names of places as they are compared: a text enters, lower-case words without accents or punctuation leave.

Folding a folded name changes nothing.
"""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_INITIAL: Final = re.compile(r"\b([^\W\d_])\.(?=[^\W\d_]\b)")
_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart, as people type them who have no such key."""
_WRITTEN_OUT: Final = {"st": "saint", "sankt": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


def fold_name(text: str) -> str:
    """The name without case, accents and punctuation: "St. Louis" is "saint louis", "Washington, D.C." "washington dc"."""
    words = split_words(text)
    if len(words) == 1:
        return words[0]
    # The last word stays: alone, MT is Montana; at the end, St is a street.
    return " ".join([_WRITTEN_OUT.get(word, word) for word in words[:-1]] + words[-1:])


def split_words(text: str) -> list[str]:
    """The words of a name without case, accents and punctuation, as short as they were written."""
    plain = text.lower() if text.isascii() else _without_accents(text)
    words: list[str] = plain.split() if _is_only_words(plain) else _WORD.findall(_INITIAL.sub(r"\1", plain))
    return words


def _is_only_words(plain: str) -> bool:
    """Most names are, and need no regular expression."""
    return plain.isascii() and plain.replace(" ", "").isalpha()


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn").translate(_LETTERS)
