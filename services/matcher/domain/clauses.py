"""Reads filters clause by clause: the JSON of a filter's fields enters, the parts of its program leave.

People ask for the same things even where no two filters are the same: a clause that was read before costs a look.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from msgspec import MsgspecError, Raw
from msgspec.json import Decoder

from schemas.filter.tree import Filter
from services.matcher.domain.formula import Part
from services.matcher.domain.group import Plain, group
from services.matcher.domain.parts import part, part_of_keywords
from services.matcher.domain.vocabulary import Vocabulary
from services.matcher.domain.wanted import wanted

_TOGETHER: Final = {name: b'"%b":' % name.encode() for name in ("version", "visa_types", "accepted_verdicts", "minimum_pay")}
"""What one of these means depends on the others (`Filter.verdicts_accepted`, `wanted`). All others stand for themselves."""
_ALONE: Final = {name: b'"%b":' % name.encode() for name in Filter.model_fields if name not in _TOGETHER and name != "keywords"}
_PLAIN: Final = Decoder(Plain)
_KEPT: Final = 8192
_LONG: Final = 256
"""Bytes of a clause. Longer ones seldom come again, and would fill the memory: they are not kept."""


class Clauses:
    """Of one vocabulary."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._part = lru_cache(maxsize=_KEPT)(self._read)

    def read(self, filter: Mapping[str, Raw]) -> Iterator[Part]:
        """In one order, so that filters that ask for the same become the same program. Unknown fields are passed over.

        Raises `ValidationError` where a clause keeps not to its contract; the predicates of those before it stay.
        """
        yield self._said(b",".join([head + bytes(filter[name]) for name, head in _TOGETHER.items() if name in filter]))
        if "keywords" in filter:
            yield self._keywords(filter["keywords"])
        for name, head in _ALONE.items():
            if name in filter:
                yield self._said(head + bytes(filter[name]))

    def _said(self, members: bytes) -> Part:
        return self._part(members) if len(members) <= _LONG else self._read(members)

    def _keywords(self, said: Raw) -> Part:
        """The one clause that seldom comes again."""
        try:
            plain = _PLAIN.decode(said)
        except MsgspecError:  # they may be right all the same: with groups, fields or beginnings, or null
            return self._read(b'"keywords":' + bytes(said))
        return part_of_keywords(group(plain), self._words)

    def _read(self, members: bytes) -> Part:
        filter = Filter.model_validate_json(b"{%b}" % members, extra="ignore")
        return part(wanted(filter), self._words)
