"""What was read out of a text: the value, and where the sentence stands that says it."""

from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")


class Derived(NamedTuple, Generic[T]):
    """`start` and `end` are offsets in characters, in the posting's title or in its clean text (`description.clean`)."""

    value: T
    start: int
    end: int
    where: Literal["title", "text"] = "text"
