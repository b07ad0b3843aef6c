"""A contract may change only so that yesterday's readers and yesterday's records stay whole."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter

from runtime.decoding import BadRecord, decode
from schemas.contract import VERSION
from schemas.subscription import SubscriptionState
from schemas.topics import GROUPS, declared
from tests.contract.contracts import TOPICS, contracts
from tests.contract.snapshots import ADVICE, EXAMPLES, FOLDER, REWRITE, breaks, present, released

CONTRACTS = {name: (contract, adapter) for name, contract, adapter in contracts()}
EVENTS = [name for name in CONTRACTS if ".v" in name]


def examples(name: str) -> list[str]:
    return (EXAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()


RECORDED = [pytest.param(name, line, id=f"{name}-{n}") for name in CONTRACTS for n, line in enumerate(examples(name))]
RECORDED_EVENTS = [case for case in RECORDED if case.values[0] in EVENTS]


@pytest.mark.parametrize("name", present())
def test_code_reads_and_writes_what_was_released(name: str) -> None:
    old, new = released(name), present()[name]
    assert old is not None, f"{name} has no snapshot yet. {REWRITE}"
    broken = breaks(name, old, new)
    assert not broken, "\n".join([*broken, ADVICE])
    assert old == new, f"{name} has changed. {REWRITE}"


def test_no_snapshot_outlives_its_contract() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(present())
    assert {path.stem for path in EXAMPLES.glob("*.jsonl")} == set(CONTRACTS)


def test_every_topic_but_dead_letters_has_its_events_here() -> None:
    letters = {f"{group}.dlq" for group in GROUPS}
    assert {topic.name for topic in declared()} - letters == set(TOPICS)


@pytest.mark.parametrize(("name", "line"), RECORDED)
def test_recorded_record_keeps_its_meaning(name: str, line: str) -> None:
    """Decoded and written again, everything that was recorded is still there, in the same words."""
    contract, adapter = CONTRACTS[name]
    decoded = decode(adapter, line.encode())
    assert type(decoded) is contract
    assert decode(adapter, adapter.dump_json(decoded)) == decoded
    assert not list(lost(json.loads(line), whole(decoded)))


@pytest.mark.parametrize(("name", "line"), RECORDED)
def test_recorded_record_is_valid_by_its_snapshot(name: str, line: str) -> None:
    schema = released(name)
    assert schema is not None
    Draft202012Validator(schema).validate(json.loads(line))


@pytest.mark.parametrize("name", CONTRACTS)
def test_recorded_records_show_every_field(name: str) -> None:
    """So that a field's wire form is recorded from the day it appears."""
    contract, adapter = CONTRACTS[name]
    recorded = [json.loads(line) for line in examples(name)]
    written = paths(whole(decode(adapter, max(examples(name), key=len).encode())))
    assert set().union(*map(paths, recorded)) >= written, f"add a record with it to schemas/snapshots/examples/{name}.jsonl"
    assert required(contract) >= set(recorded[0]) - {"type"}, (
        f"the first record in examples/{name}.jsonl has required fields only"
    )


@pytest.mark.parametrize(("name", "line"), RECORDED)
def test_record_of_a_later_minor_version_is_read_without_what_is_new(name: str, line: str) -> None:
    adapter = CONTRACTS[name][1]
    future = json.dumps(with_unknown_fields(json.loads(line)))
    assert future.count("field_of_tomorrow") > 0
    assert decode(adapter, future.encode()) == decode(adapter, line.encode())


@pytest.mark.parametrize(("name", "line"), RECORDED_EVENTS)
def test_record_of_a_later_major_version_is_refused_in_words(name: str, line: str) -> None:
    adapter = CONTRACTS[name][1]
    future = json.loads(line) | {"version": VERSION + 1, "field_of_tomorrow": {}}
    with pytest.raises(
        BadRecord, match=r"^version 2 of this event is newer than this reader: upgrade the service, then replay$"
    ):
        decode(adapter, json.dumps(future).encode())


@pytest.mark.parametrize("name", EVENTS)
def test_record_is_refused_without_any_field_that_is_required(name: str) -> None:
    contract, adapter = CONTRACTS[name]
    line = json.loads(examples(name)[0])
    for field in required(contract):
        with pytest.raises(BadRecord, match=rf"{field}: Field required"):
            decode(adapter, json.dumps({key: value for key, value in line.items() if key != field}).encode())


def required(contract: type[BaseModel]) -> set[str]:
    return {name for name, field in contract.model_fields.items() if field.is_required()}


def whole(event: BaseModel) -> Any:
    """As it is written, and of its filter also what is left out because it asks for nothing."""
    written = event.model_dump(mode="json")
    return written | {"filter": event.filter.model_dump(mode="json")} if isinstance(event, SubscriptionState) else written


def lost(recorded: Any, written: Any, at: str = "") -> Iterator[str]:
    """Where `written` does not say what `recorded` said. Instants may be written in another form of the same moment."""
    if isinstance(recorded, Mapping):
        for key, value in recorded.items():
            yield from lost(value, written.get(key), f"{at}.{key}")
    elif isinstance(recorded, list):
        assert len(recorded) == len(written), at
        for n, pair in enumerate(zip(recorded, written, strict=True)):
            yield from lost(*pair, f"{at}[{n}]")
    elif recorded != written and not same_moment(recorded, written):
        yield f"{at}: {recorded!r} became {written!r}"


def same_moment(one: object, other: object) -> bool:
    if not (isinstance(one, str) and isinstance(other, str) and "T" in one):
        return False
    moment: TypeAdapter[Any] = CONTRACTS["heartbeat.v1"][1]
    beat = {"type": "heartbeat", "partition": 0}
    return bool(
        decode(moment, json.dumps(beat | {"stamped_at": one}).encode())
        == decode(moment, json.dumps(beat | {"stamped_at": other}).encode())
    )


def paths(value: Any, at: str = "") -> set[str]:
    """Every field that occurs, lists looked through: {"posting", "posting.places", "posting.places.city", ...}."""
    if isinstance(value, list):
        return set().union(*(paths(item, at) for item in value)) if value else set()
    if not isinstance(value, Mapping):
        return set()
    found = {f"{at}.{key}".lstrip("."): inner for key, inner in value.items()}
    return set(found).union(*(paths(inner, path) for path, inner in found.items()))


def with_unknown_fields(value: Any, *, free: bool = False) -> Any:
    """A field more in every object, except inside values that may be any JSON (`old` and `new` of a change)."""
    if isinstance(value, list):
        return [with_unknown_fields(item, free=free) for item in value]
    if not isinstance(value, Mapping) or free:
        return value
    return {key: with_unknown_fields(inner, free=key in ("old", "new")) for key, inner in value.items()} | {
        "field_of_tomorrow": [{"deep": True}]
    }
