"""How many postings opened a week: those found enter, a count for each of the last four weeks leaves."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from services.matcher.domain.column import Mask
from services.matcher.domain.corpus import Corpus, microseconds

_WEEK: Final = timedelta(days=7)
_WEEKS: Final = 4
COUNTED: Final = _WEEKS * _WEEK


class Week(NamedTuple):
    """Seven days that begin at a moment, and how many opened in them."""

    begins_at: datetime
    opened: int


def weeks(corpus: Corpus, found: Mask, now: datetime) -> list[Week]:
    """The last one ends now; the oldest comes first. What opened by a clock that is ahead belongs to the last."""
    begins = [now - _WEEK * number for number in range(_WEEKS, 0, -1)]
    opened = corpus.opened_at[found]
    since = [int(np.count_nonzero(opened >= microseconds(moment))) for moment in begins]
    return [Week(begin, more - less) for begin, more, less in zip(begins, since, [*since[1:], 0], strict=True)]
