"""NDJSON as it arrives: pieces of bytes enter, lines leave, and what is recorded together; nothing longer than that is held.

Lines are counted from 1, blank ones too; those are passed over. A line that is too long is told by its beginning and skipped.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.batch import Item
from services.ingest.domain.document import Malformed, read
from services.ingest.domain.push import source_id_of

LONGEST: Final = 2 * 1024 * 1024
"""Bytes of a line. Every posting that can be taken is shorter, however its characters are escaped, unless it is padded."""
MOST_LINES: Final = 200
MOST_BYTES: Final = 1024 * 1024
"""Of what is recorded together, about: the last line may be longer."""
_HEAD: Final = 1000
"""Bytes kept of a line that is too long."""
_PIECE: Final = 64 * 1024
"""Bytes that are unpacked at once."""
_RATIO: Final = 500
"""Times that a packed stream may grow: postings that differ in one word did so 260 times, blanks do 1,000."""
_ALLOWED: Final = 1024 * 1024
"""Bytes that may come of anything."""
_GZIP: Final = 16 + zlib.MAX_WBITS


class BadGzip(Exception):
    """The stream cannot be unpacked; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank."""

    number: int
    text: bytes
    is_whole: bool = True

    @property
    def item(self) -> Item:
        """As `record` takes it."""
        place = f"line {self.number}"
        if not self.is_whole:
            return Item(place, self.text.decode("utf-8", "surrogateescape"), f"is longer than {LONGEST:,} bytes")
        try:
            return Item(place, read(self.text))
        except Malformed as error:
            text = self.text.decode("utf-8", "surrogateescape")
            return Item(place, text, f"is not JSON: {error.problem} at column {error.column}")


class Lines:
    """Cuts pieces into lines."""

    def __init__(self, longest: int = LONGEST) -> None:
        self.number = 0
        """Lines that have ended."""
        self._longest = longest
        self._held = bytearray()
        self._is_whole = True

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that end in this piece."""
        *ended, rest = piece.split(b"\n")
        for part in ended:
            if not self._held and (
                not part or part.isspace()
            ):  # a piece may be nothing but these, and a packed one costs nothing
                self.number += 1
                continue
            self._hold(part)
            yield from self._end()
        self._hold(rest)

    def last(self) -> Iterator[Line]:
        """The line that no line break ended, where there is one."""
        if self._held:
            yield from self._end()

    def _hold(self, part: bytes) -> None:
        if self._is_whole:
            self._held += part[: self._longest + 1]
            if len(self._held) > self._longest:
                self._is_whole = False
                self._held = self._held[:_HEAD]

    def _end(self) -> Iterator[Line]:
        self.number += 1
        line = Line(self.number, bytes(self._held), self._is_whole)
        self._held, self._is_whole = bytearray(), True
        if line.text.strip() or not line.is_whole:
            yield line


class Together:
    """Lines that are recorded together. No posting is twice among them, so that the later line holds wherever they are cut."""

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self.items: list[Item] = []
        self.numbers: list[int] = []
        """Of their lines."""
        self._most_lines = most_lines
        self._ids: set[str] = set()
        self._bytes = 0

    def has(self, item: Item) -> bool:
        """Whether its posting is among them: then it is not to be added."""
        return source_id_of(item.value) in self._ids

    def add(self, line: Line, item: Item) -> None:
        """`item` is the line's."""
        if (source_id := source_id_of(item.value)) is not None:
            self._ids.add(source_id)
        self.items.append(item)
        self.numbers.append(line.number)
        self._bytes += len(line.text)

    @property
    def is_full(self) -> bool:
        return len(self.items) >= self._most_lines or self._bytes >= MOST_BYTES


class Gunzip:
    """Unpacks gzip (RFC 1952), of several members too, a small piece at a time, and refuses what grows beyond measure."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._in = self._out = 0
        self._began = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """The pieces that come of these bytes. Raises `BadGzip`."""
        self._in += len(packed)
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            self._began = True
            piece = self._unpack(packed)
            self._out += len(piece)
            if self._out > _ALLOWED + _RATIO * self._in:
                raise BadGzip(f"what is packed grows more than {_RATIO} times")
            yield piece
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        # What zlib has taken in and not yet given out.
        while not self._member.eof and (piece := self._unpack(b"")):
            self._out += len(piece)
            yield piece

    def last(self) -> None:
        """Nothing follows. Raises `BadGzip` where something is missing."""
        if self._began and not self._member.eof:
            raise BadGzip("it ends before its end")

    def _unpack(self, packed: bytes) -> bytes:
        try:
            return self._member.decompress(packed, _PIECE)
        except zlib.error as error:
            raise BadGzip(f"it is no gzip: {error}") from None
