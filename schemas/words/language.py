"""The languages C, R and Go in a text. A text without accents enters and leaves with "c-lang", "r-lang" and "golang" in their
places, which no other word is; middle initials, "R&D", "C-suite" and "go to market" are left as they are.

The rules look at the words beside and know no grammar. Known to fail: a product that stands beside languages ("Amazon Go, C"),
and "c" and "r" in small letters, which are never languages in a text (but for "c/c++").
"""

import re
from itertools import islice
from typing import Final

C: Final = "c-lang"  # not "clang": that is a compiler
R: Final = "r-lang"
GO: Final = "golang"
ALONE: Final = {"c": C, "r": R, "go": GO}
"""What a term means that is nothing else."""

NEAR: Final = 40
"""Characters of the neighbourhood to either side; the longest rule looks at two words."""

_MOST: Final = 200
"""So many are looked at in a text, at up to 0.1 ms each: a real one has two dozen at most, and one of nothing else may not hold
up the others."""

_TERM, _MOST_OF_A_TERM = 100, 10
"""Nobody asks for more in a hundred characters, and a filter may have hundreds of such terms."""

_MAYBE: Final = re.compile(r"[CRGg](?:(?<=[CR])(?![\w+#])|(?<=[Gg])o(?!\w)|(?<=G)O(?!\w))")
"""Begins with a class: four times as fast as with a word's boundary."""
_PART_OF_A_WORD: Final = re.compile(r"[^\W_]-?\Z|[&_]\Z")
_LANGUAGE: Final = (
    r"(?:python|java|javascript|typescript|js|rust|c\+\+|c#|c|r|go|ruby|scala|kotlin|swift|php|sql|nosql|node(?:\.?js)?|perl|haskell"
    r"|elixir|erlang|clojure|julia|matlab|bash|shell|react|lua|dart|\.net|fortran|ocaml|assembly|verilog|systemverilog|golang|sas|stata"
    r"|spss|tableau|html|css|terraform|docker|kubernetes|f#|objective-c|csharp|cuda|vhdl|cobol|ada|zig)"
)
_TRADE: Final = (
    r"(?:develop|engineer|program|language|cod(?:e|ing)\b|compiler|software|backend|back-end|microservice|service|routine|goroutine"
    r"|script|package|librar|api|sdk|studio|shiny|markdown|app\b|apps\b|application|codebase|runtime|lang\b|stack|ecosystem|module"
    r"|concurrency|framework|standard|firmware|tooling|expert|skill|experience|knowledge)"
)
"""How the words begin that say that the one before them is a language."""


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("LANGUAGE", _LANGUAGE).replace("TRADE", _TRADE))


_IN_A_LIST: Final = _rule(
    r"(?i:(?<![\w.])LANGUAGE(?:[ \t]*\([^()]*\))?[ \t]*"
    r"(?:[,/|;&•·+]|\band\b|\bor\b|\bvs\b|-\s)?[ \t]*(?:\b(?:and|or)\s+)?\(?)\Z"
)
_GOES_ON: Final = _rule(r"(?i:\s*(?:[,/|;&•·+(]|\band\b|\bor\b)+\s*(?:\b(?:and|or)\s+)?LANGUAGE(?![\w-]|\.\w))")
_OF_A_TRADE: Final = _rule(
    r"(?i:(?:\s+(?:back-?end|cloud|junior|lead|platform|senior|server|systems?|web))?(?:\s+|-)TRADE|-(?:based|like|style))"
)

_NAME: Final = re.compile(r"[A-Z][\w’'-]+\.?\s\Z")

# C and R.
_LETTER_BEFORE: Final = re.compile(
    r"(?:[.°'’@$]|\w\()\Z"  # part of something: "D.C", "Intel(R)"
    r"|\b[A-Z]\.\s\Z|\d\s?\Z"  # "E. C. Smith", "25 C"
    r"|\b(?:B|Q)\s*(?:[,/]|,?\s*(?:and|or)\b)\s*\Z"  # "A, B or C"
    r"|\b(?i:section|part|schedule|appendix|annex|class|category|group|type|level|grade|tier|plan|series|title|building|unit|option"
    r"|exhibit|form|phase|round|hepatitis|hep|vitamin|rated|cdl|team|gen|generation"
    r"|division|floor|terminal|suite|room|shift|model|area|usb|grade of)\s\Z"
    r"|\bToys\s\Z|\b(?i:PG-13),?\s\Z"
)
_LETTER_AFTER: Final = _rule(
    r"[$®°²*]|[•·](?!LANGUAGE(?!\w))\w{2}|\s*\\?&\s*[A-Z]\b(?![+#])|\.\w|['’]\w{2}|/3\b|-\w"
    r"|\s+(?:Us\b|and D\b|[Ss]harp\b|[Pp]lus [Pp]lus|[Ss]uite|[Ll]evel|[Cc]orp|[Ss]ection|Street|St\b|Ave|Band)"
    r"|\s+(?:average|or better|grade|rated)"
)
_LETTER_OF_A_LIST: Final = re.compile(r"\s*(?:[,/]|or\b|and\b)\s*(?:or\s+|and\s+)?D\b")
_INITIAL_BEFORE: Final = re.compile(r"(?:\A|[\n,;(]\s?|\b[A-Z][\w’'-]+\.?\s)\Z")  # "John R. Smith"

# Go.
_START: Final = re.compile(r"(?:\A|[\n.!?:•·●▪◦“\"–—|>]|\s-)\s*\Z")
_ALONE_AFTER: Final = re.compile(r"\s*(?:\Z|[\n|;)])")
_GO_AFTER: Final = re.compile(
    r"['’]|-|\.\w|!"
    r"|\s+(?i:to[\s-]+market|live|beyond|above|further|farther|big|home|ahead|green|deep|global|back|getter|public|fast|where|wild|now)\b"
)
_GO_BEFORE: Final = re.compile(
    r"(?i:\b(?:way to|we|you|i|they|let[’']?s|let us|on the|ready|can|will|would|could|should|not|it|that|s)\s+)\Z"
)
_MENTIONED: Final = re.compile(
    r"(?i:\b(?:in|with|using|of|like|know|or|and|knowledge|experience|modern|write|learn|including)\s+)\Z"
)
_ENDS: Final = re.compile(r"\s*(?:\Z|[\n,;/|.)(:])")
_AFTER_A_WORD: Final = re.compile(r"\b[a-z]\w*\s+\Z")


def marked(text: str) -> str:
    """The text with the languages marked; the first 200 places are looked at."""
    pieces, done = [], 0
    for found in islice(_MAYBE.finditer(text), _MOST if len(text) > _TERM else _MOST_OF_A_TERM):
        start, end = found.span()
        if is_language(found[0], text[max(0, start - NEAR) : start], text[end : end + NEAR]):
            pieces += [text[done:start], ALONE[found[0].lower()]]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def is_language(word: str, before: str, after: str) -> bool:
    """Whether "C", "R", "Go", "go" or "GO" is the language, between `NEAR` characters to either side without accents. No other
    word is.
    """
    return word in _RULES and not _PART_OF_A_WORD.search(before[-2:]) and _RULES[word](before, after)


def _letter(before: str, after: str) -> bool:
    """Whether a capital C or R on its own is the language: it is, but for what else it may be."""
    if _LETTER_BEFORE.search(before):
        return False
    if _OF_A_TRADE.match(after):
        return True
    if _LETTER_AFTER.match(after):
        return False
    return bool(_IN_A_LIST.search(before) or _GOES_ON.match(after)) or not (_counts(before, after) or _initial(before, after))


def _counts(before: str, after: str) -> bool:
    """ "C, D and E"; "B) this, and C) that"."""
    return bool(_LETTER_OF_A_LIST.match(after)) or (after.startswith(")") and "(" not in before)


def _initial(before: str, after: str) -> bool:
    between_names = _NAME.search(before) and after[:1] == " " and after[1:2].isupper()
    return bool((after.startswith(". ") or between_names) and _INITIAL_BEFORE.search(before))


def _go(before: str, after: str) -> bool:
    """Whether a capitalised "Go" is: what follows says so, or it stands where a sentence would have a noun."""
    if _GOES_ON.match(after) or _OF_A_TRADE.match(after):
        return True
    if _GO_AFTER.match(after):
        return False
    if _START.search(before):
        return bool(_ALONE_AFTER.match(after))
    return bool(_IN_A_LIST.search(before)) or _is_a_noun(before, after)


def _is_a_noun(before: str, after: str) -> bool:
    if _GO_BEFORE.search(before):
        return False
    if _NAME.search(before):
        return _MENTIONED.search(before) is not None
    return bool(_ENDS.match(after) or _MENTIONED.search(before) or _AFTER_A_WORD.search(before))


def _go_by_company(before: str, after: str) -> bool:
    """Whether "go" and "GO" are: among languages in a list, and before a word of the trade."""
    return bool(_OF_A_TRADE.match(after) or _GOES_ON.match(after) or (_IN_A_LIST.search(before) and _ENDS.match(after)))


_RULES: Final = {"C": _letter, "R": _letter, "Go": _go, "go": _go_by_company, "GO": _go_by_company}
