"""How subscriptions are divided, and where a new division begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Fatal
from runtime.settings import read
from schemas.topics import SUBSCRIPTIONS
from services.matcher.domain.shard import Offsets, Shard, begin, farthest, shard_of, shards
from services.matcher.settings import MatcherSettings

WHOLE, FIRST, SECOND = Shard(), Shard(0, 2), Shard(1, 2)
STARTS = {0: 0, 1: 0}


@pytest.mark.parametrize("of", range(1, 13))
def test_each_partition_is_held_by_one_shard_and_each_shard_holds_some(of: int) -> None:
    held = [[shard for shard in shards(of) if shard.holds(partition)] for partition in range(SUBSCRIPTIONS.partitions)]
    assert all(len(of_partition) == 1 for of_partition in held)
    assert {shard for [shard] in held} == set(shards(of))


def test_groups_tell_which_shard_they_are_and_that_of_all_subscriptions_keeps_its_name() -> None:
    assert [shard.group for shard in (WHOLE, FIRST, Shard(10, 11))] == [
        "matcher-postings",
        "matcher-postings-0-of-2",
        "matcher-postings-10-of-11",
    ]
    for of in range(1, 13):
        assert [shard_of(shard.group) for shard in shards(of)] == list(shards(of))


@pytest.mark.parametrize(
    "group",
    [
        "matcher-postings-2-of-2",
        "matcher-postings-0-of-1",
        "matcher-postings-00-of-2",
        "matcher-postings.dlq",
        "notifier-postings",
    ],
)
def test_other_groups_are_nobodys(group: str) -> None:
    assert shard_of(group) is None


def test_a_new_division_begins_where_the_slowest_of_the_old_one_was() -> None:
    committed: dict[Shard, Offsets] = {FIRST: {0: 10, 1: 3}, SECOND: {0: 7, 1: 5}}
    assert begin(WHOLE, committed, STARTS) == {0: 7, 1: 3}


def test_where_one_of_the_old_shards_has_compared_nothing_all_is_compared() -> None:
    assert begin(WHOLE, {FIRST: {0: 10, 1: 3}}, {0: 2, 1: 0}) == {0: 2, 1: 0}
    assert begin(WHOLE, {FIRST: {0: 10, 1: 3}, SECOND: {0: 7}}, STARTS) == {0: 7, 1: 0}


def test_a_division_that_was_left_long_ago_moves_nothing_back() -> None:
    committed: dict[Shard, Offsets] = {WHOLE: {0: 2, 1: 2}, FIRST: {0: 10, 1: 9}, SECOND: {0: 9, 1: 10}}
    assert begin(Shard(0, 3), committed, STARTS) == {0: 9, 1: 9}
    assert begin(WHOLE, committed, STARTS) == {0: 9, 1: 9}


def test_former_divisions_are_those_that_no_other_has_passed() -> None:
    two: dict[Shard, Offsets] = {FIRST: {0: 10, 1: 9}, SECOND: {0: 9, 1: 9}}
    assert farthest({WHOLE: {0: 2, 1: 9}} | two, but=3) == [2]
    assert farthest({WHOLE: {0: 20, 1: 9}} | two, but=3) == [1]
    assert farthest({WHOLE: {0: 20, 1: 2}} | two, but=3) == [1, 2]
    assert farthest({WHOLE: {0: 9, 1: 9}} | two, but=3) == [1, 2]
    assert farthest({WHOLE: {0: 2, 1: 2}} | two, but=2) == [1]
    assert farthest(two, but=2) == []


def test_a_shard_that_has_compared_more_stays_where_it_is() -> None:
    """The command was run again when some of the new ones had run."""
    assert begin(FIRST, {WHOLE: {0: 5, 1: 5}, FIRST: {0: 8, 1: 5}}, STARTS) == {0: 8, 1: 5}


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 30)), max_size=12))
def test_nobody_misses_anything_however_often_the_number_changes(runs: list[tuple[int, int, int]]) -> None:
    """One partition. Each run: so many shards, of which one goes on by so much. What a subscription has met has no hole."""
    met = dict.fromkeys(range(12), 0)  # by partition of `subscriptions`: all before has been met
    committed: dict[Shard, Offsets] = {}
    for of, number, further in runs:
        begins = {shard: begin(shard, committed, {0: 0}) for shard in shards(of)}
        committed |= begins
        shard = Shard(number % of, of)
        for partition in filter(shard.holds, met):
            assert begins[shard][0] <= met[partition]
            met[partition] = max(met[partition], begins[shard][0] + further)
        committed[shard] = {0: begins[shard][0] + further}


@pytest.mark.parametrize(
    ("shards", "shard", "said"),
    [
        ("2", "2", "MATCHER_SHARD: .*shards count from 0, and MATCHER_SHARDS is 2"),
        ("1", "1", "MATCHER_SHARD: .*MATCHER_SHARDS is 1"),
        ("2", "-1", "MATCHER_SHARD: .*greater than or equal to 0"),
        ("13", "12", "MATCHER_SHARDS: .*less than or equal to 12"),
        ("13", "0", "MATCHER_SHARDS: .*less than or equal to 12"),
        ("0", "0", "MATCHER_SHARDS: .*greater than or equal to 1"),
    ],
)
def test_shard_that_cannot_be_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, shards: str, shard: str, said: str) -> None:
    for name, value in (("KAFKA", "localhost:9092"), ("SHARDS", shards), ("SHARD", shard)):
        monkeypatch.setenv(f"MATCHER_{name}", value)
    with pytest.raises(Fatal, match=said):
        read(MatcherSettings)


def test_matcher_has_all_subscriptions_unless_told_otherwise_and_any_number_up_to_twelve_may_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MATCHER_KAFKA", "localhost:9092")
    settings = read(MatcherSettings)
    assert (settings.shard, settings.shards) == (0, 1)
    monkeypatch.setenv("MATCHER_SHARDS", "5")
    monkeypatch.setenv("MATCHER_SHARD", "4")
    assert read(MatcherSettings).shard == 4
