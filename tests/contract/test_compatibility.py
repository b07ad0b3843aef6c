"""What the compatibility test calls a break, and what it lets pass."""

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from tests.contract.compatibility import Comparison


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Released(BaseModel):
    """As it went out."""

    kept: int
    bounded: str = Field(default="", max_length=10)
    kind: Literal["a", "b"] = "a"
    maybe: int | None = None
    many: tuple[Annotated[str, Field(pattern="x")], ...] = ()
    inner: "Inner"
    free: str = "old"
    colour: Colour = Colour.RED


class Inner(BaseModel):
    deep: int = Field(ge=0)
    again: "Inner | None" = None


def breaks(**changed: Any) -> list[str]:
    """What it says when fields of `Released` change as given: `(type, default)`, or None for a removed one."""
    kept = {name: (field.annotation, field) for name, field in Released.model_fields.items()}
    fields = {name: value for name, value in (kept | changed).items() if value is not None}
    new = create_model("Released", __module__=__name__, **fields)
    return Comparison(Released.model_json_schema(), new.model_json_schema()).breaks()


class DeeperRequired(BaseModel):
    deep: int = Field(ge=0)
    again: "DeeperRequired | None" = None
    more: int


class DeeperTighter(BaseModel):
    deep: int = Field(ge=1)
    again: "DeeperTighter | None" = None


class DeeperWithDefault(BaseModel):
    deep: int = Field(ge=0)
    again: "DeeperWithDefault | None" = None
    more: int = 0


def test_same_contract_breaks_nothing() -> None:
    assert breaks() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"added": (str, "")},
        {"added": (int | None, None)},
        {"added": (list[str], Field(default=[]))},
        {"kept": (int, Field(description="in other words"))},
        {"inner": (DeeperWithDefault, ...)},
    ],
)
def test_new_field_with_a_default_and_new_words_pass(changed: dict[str, Any]) -> None:
    assert breaks(**changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kept": None}, "kept: removed: old readers still look for it, and what old records say in it is lost"),
        ({"maybe": None}, "maybe: removed: old readers still look for it, and what old records say in it is lost"),
        ({"added": (str, ...)}, "added: new and required: old records do not have it; give it a default"),
        ({"maybe": (int | None, ...)}, "maybe: became required: old records may lack it"),
        ({"kept": (int, 0)}, "kept: became optional: old readers refuse a record without it"),
        ({"kept": (str, ...)}, "kept: type 'integer' became 'string'"),
        ({"kept": (int | None, ...)}, "kept: type 'integer' became (unset)"),
        ({"maybe": (int, 0)}, "maybe: default None became 0: records without it would change their meaning"),
        ({"maybe": (int | str | None, None)}, "maybe: had 2 alternative types, has 3"),
        ({"bounded": (str, Field(default="", max_length=9))}, "bounded: maxLength 10 became 9"),
        ({"bounded": (str, Field(default="", max_length=11))}, "bounded: maxLength 10 became 11"),
        ({"bounded": (str, "")}, "bounded: maxLength 10 became (unset)"),
        ({"bounded": (str, Field(default="", max_length=10, min_length=1))}, "bounded: minLength (unset) became 1"),
        ({"kind": (Literal["b"], "b")}, "kind: values ['a', 'b'] became None"),
        ({"kind": (Literal["a", "b", "c"], "a")}, "kind: value 'c' added: old readers refuse it"),
        ({"kind": (Literal["a", "d"], "a")}, "kind: value 'b' removed: old records that have it would be refused"),
        ({"many": (tuple[str, ...], ())}, "many[]: pattern 'x' became (unset)"),
        ({"many": (tuple[Annotated[int, Field()], ...], ())}, "many[]: type 'string' became 'integer'"),
        ({"inner": (DeeperRequired, ...)}, "inner.more: new and required: old records do not have it; give it a default"),
        ({"inner": (DeeperTighter, ...)}, "inner.deep: minimum 0 became 1"),
        ({"free": (str, "new")}, "free: default 'old' became 'new': records without it would change their meaning"),
        ({"colour": (Literal["red"], "red")}, "colour: values ['red', 'green'] became None"),
    ],
)
def test_break_is_named_with_its_field_and_whom_it_breaks(changed: dict[str, Any], said: str) -> None:
    assert said in breaks(**changed)
