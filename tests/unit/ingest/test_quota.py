"""What is left of a quota, and how it is told."""

from datetime import timedelta

from services.ingest.domain.quota import UNLIMITED, Allowance, Quota, open_fields


def test_own_quota_goes_before_that_of_all() -> None:
    assert Quota(5, None).or_else(Quota(1, 2)) == Quota(5, 2)
    assert UNLIMITED.or_else(Quota(1, 2)) == Quota(1, 2)
    assert Quota(None, 0).or_else(Quota(1, 2)) == Quota(1, 0)


def test_wait_is_until_there_are_enough() -> None:
    assert Allowance(60, 10.0).wait(10) == timedelta(0)
    assert Allowance(60, 10.0).wait(20) == timedelta(seconds=10)
    assert Allowance(60, -30.0).wait(1) == timedelta(seconds=31)


def test_push_larger_than_a_minute_waits_for_a_full_bucket() -> None:
    assert Allowance(60, 0.0).wait(500) == timedelta(minutes=1)
    assert Allowance(60, 60.0).wait(500) == timedelta(0)


def test_fields_tell_what_is_left_and_when_it_is_full() -> None:
    assert Allowance(120, 30.5).fields() == {"ratelimit-policy": '"items";q=120;w=60', "ratelimit": '"items";r=30;t=45'}
    assert Allowance(60, -5.0).fields()["ratelimit"] == '"items";r=0;t=65'
    assert open_fields(7) == {"ratelimit-policy": '"open";q=7', "ratelimit": '"open";r=0'}
