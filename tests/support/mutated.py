"""JSON documents with something wrong in them, as Hypothesis draws it: parts missing, null or of another type, the bytes cut; and
what holds of a page whatever it was read from.
"""

import copy
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from services.ingest.domain.batch import sort
from services.ingest.domain.characters import printable
from services.ingest.domain.stated import Stated
from services.ingest.sources import feed
from services.ingest.sources.items import items_of
from services.ingest.sources.source import Page
from tests.support.recorded import TODAY, texts

Path = tuple[str | int, ...]
GONE: Final = object()
WRONG: Final[list[Any]] = [
    GONE,
    None,
    True,
    0,
    -1,
    10**400,
    float("nan"),
    float("-inf"),
    1e308,
    "",
    " ",
    "x",
    "\ud800",
    "\0",
    "../..",
    "https://[",
    "2026-13-45",
    "99999999999999999999",
    [],
    [None],
    [[1], "x", {}],
    {},
    {"name": 7},
]


@st.composite
def mutations(draw: st.DrawFn, value: Any, within: Path = ()) -> Any:
    """A copy in which up to three parts below `within` are something else."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        if path := draw(_paths(changed, within)):
            _put(_part(changed, path[:-1]), path[-1], draw(st.sampled_from(WRONG)))
    return changed


@st.composite
def spoilt(draw: st.DrawFn, document: bytes) -> bytes:
    """Bytes cut off, and some of the rest overwritten."""
    bytes_ = bytearray(document[: draw(st.integers(0, len(document)))])
    for position in draw(st.lists(st.integers(0, max(len(bytes_) - 1, 0)), max_size=5)) if bytes_ else []:
        bytes_[position] = draw(st.integers(0, 255))
    return bytes(bytes_)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def _paths(draw: st.DrawFn, value: Any, within: Path) -> Path:
    """Of a part below `within`, the nearer ones oftener; empty where there is none."""
    part, path = _part(value, within), within
    while isinstance(part, dict | list) and part:
        key = draw(st.sampled_from(list(part) if isinstance(part, dict) else range(len(part))))
        part, path = part[key], (*path, key)
        if draw(st.booleans()):
            break
    return path if len(path) > len(within) else ()


def _part(value: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        value = value[key]
    return value


def _put(whole: Any, key: str | int, new: Any) -> None:
    if new is GONE:
        del whole[key]
    else:
        whole[key] = copy.deepcopy(new)


def check(page: Page | None, *, named: bool = True) -> None:
    """Each of its postings is well-formed, and each is recorded or refused with a reason; what is no posting has one.

    `named`: whether its source gives no posting without a title and a link.
    """
    if page is None:
        return
    assert all(bad.problem for bad in page.unreadable)
    assert all(request.url.isascii() and request.url.startswith(("https://", "http://")) for request in page.more)
    for stated in page.postings:
        _check_stated(stated)
        assert not named or (stated.title.strip() and stated.url.strip())
    items = list(items_of(page, feed.SOURCE, today=TODAY))
    batch = sort(items, publisher="board", now=datetime.combine(TODAY, datetime.min.time(), UTC))
    assert len(items) == len(batch.candidates) + len(batch.repeats) + len(batch.refusals)
    assert all(refusal.errors and refusal.raw.isascii() for refusal in batch.refusals)


def _check_stated(stated: Stated) -> None:
    assert stated.source_id.strip()
    assert all(text == printable(text) for text in texts(stated))
    assert set(stated.fields) <= {field.name for field in fields(Stated)}
    assert all(getattr(stated, name) and theirs for name, theirs in stated.fields.items())
    assert all(": " in unread for unread in stated.unread)
    ends = (stated.pay.minimum, stated.pay.maximum) if stated.pay else ()
    assert not stated.pay or any(end is not None and end.is_finite() for end in ends)
