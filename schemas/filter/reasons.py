"""Why a posting matched, or why not, in words: codes of clauses enter, sentence fragments leave.

Codes travel on `matches` and stay in the ledger; words are made where somebody reads them.
"""

from collections.abc import Iterable

from schemas.filter.tree import Filter
from schemas.filter.why import WHY
from schemas.filter.why_not import WHY_NOT
from schemas.posting import PostingSummary


def words(codes: Iterable[str], wanted: Filter, posting: PostingSummary, *, held: bool = True) -> list[str]:
    """One sentence fragment for each code, in the order given; an unknown code (from a newer matcher) is shown as it is.

    Filter and posting may be later ones than those that matched: then the words are less exact, never empty.
    """
    said = WHY if held else WHY_NOT
    return [said[code](wanted, posting) if code in said else code for code in codes]
