"""Text that people and partners send: which characters never come in, and the base of every input that is checked for them.

Control characters end up in mail headers, NUL and lone surrogates in no database, direction marks make a name read as another.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

_CATEGORIES: Final = {
    "Cc": "a control character",
    "Cs": "half of a surrogate pair",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
_DIRECTION: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Path = tuple[str | int, ...]


def refused(text: str) -> str | None:
    """The first character that may not come in, in words: "a control character (U+0000)"; or nothing."""
    for character in text:
        what = "a direction mark" if character in _DIRECTION else _CATEGORIES.get(unicodedata.category(character))
        if what:
            return f"{what} (U+{ord(character):04X})"
    return None


def faults(tree: object) -> Iterator[tuple[Path, str]]:
    """Every text in parsed JSON, keys included, that has such a character: its path and the words for it."""
    waiting: list[tuple[Path, object]] = [((), tree)]  # not recursive: the nesting is the sender's choice
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if what := refused(value):
                yield path, what
        elif isinstance(value, dict):
            for key, below in value.items():
                if isinstance(key, str) and (what := refused(key)):
                    yield (*path, ascii(key)), what
                else:
                    waiting.append(((*path, key), below))
        elif isinstance(value, list | tuple):
            waiting.extend(((*path, number), below) for number, below in enumerate(value))


class Input(BaseModel):
    """What comes in at a door: unknown fields are errors, and so are the characters above, each named by its field."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        found = [
            InitErrorDetails(
                type=PydanticCustomError("refused_character", "must not contain {what}", {"what": what}), loc=path, input=None
            )
            for path, what in faults(data)
        ]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return data
