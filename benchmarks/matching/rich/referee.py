"""The oracle as referee of `rich`: postings and the ids an index gave enter; nothing leaves, or what is wrong is raised.

Every id given is judged, and of a sample of the filters every pair with every posting, so that none may be missing there.
Filters enter one at a time: a million of them at once would take more memory than the index.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from benchmarks.matching.referee import Ids
from benchmarks.matching.run import DisagreementError
from schemas.filter.tree import Filter
from services.matcher.domain.facts import Facts
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted

SAMPLE: Final = 2_000
"""About so many filters are compared with every posting."""


def check_by_oracle(filters: Iterable[Filter], count: int, postings: Sequence[Facts], given: Sequence[Ids]) -> None:
    """DisagreementError at the first filter for which the oracle says something else."""
    said: dict[int, set[int]] = defaultdict(set)
    for number, ids in enumerate(given):
        for id in ids.tolist():
            said[id].add(number)
    step, everywhere = max(1, count // SAMPLE), range(len(postings))
    for id, one in enumerate(filters):
        looked_at = everywhere if id % step == 0 else said.get(id, ())
        if not looked_at:
            continue
        asked = wanted(one)
        right = {number for number in looked_at if held(asked, postings[number]) is not None}
        if wrong := right ^ said.get(id, set()):
            raise DisagreementError(f"filter {id} of rich, posting {min(wrong)}: index and oracle disagree")
