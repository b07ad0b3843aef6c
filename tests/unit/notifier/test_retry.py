"""When a delivery is tried again, and when no more."""

import itertools
from datetime import timedelta
from typing import Final

import pytest

from services.notifier.domain.retry import LONGEST_RETRY_AFTER, SCHEDULE, UNREACHED, Attempt, Channel, next_try, readable
from tests.unit.notifier.made import NOW

NONE: Final = timedelta(0)
HOUR: Final = timedelta(hours=1)


def pause(
    channel: Channel, attempts: int, *, retry_after: timedelta | None = None, reached: bool = True, jitter: float = 0.0
) -> timedelta | None:
    attempt = Attempt("deferred", "", NONE, retry_after=retry_after, reached=reached)
    moment = next_try(channel, attempts, attempt, now=NOW, jitter=lambda: jitter)
    return None if moment is None else moment - NOW


def test_webhooks_follow_the_schedule_of_standard_webhooks_for_about_three_days() -> None:
    pauses = [pause("webhook", attempts) for attempts in range(1, 11)]
    hours = [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
    assert pauses == [timedelta(hours=each) for each in hours] + [None]
    assert timedelta(days=3) <= sum(SCHEDULE["webhook"], NONE) <= timedelta(days=3.5)


def test_mails_are_given_up_after_four_to_five_days() -> None:
    assert timedelta(days=4) <= sum(SCHEDULE["email"], NONE) <= timedelta(days=5)
    assert pause("email", len(SCHEDULE["email"])) is not None
    assert pause("email", len(SCHEDULE["email"]) + 1) is None


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_who_is_away_for_a_day_is_tried_again_after_it(channel: Channel) -> None:
    """Also where somebody answers that it is not the time, or nobody does: at the shortest pauses there are."""
    pauses = itertools.takewhile(lambda each: each is not None, (pause(channel, attempts) for attempts in itertools.count(1)))
    assert sum((each for each in pauses if each), NONE) > timedelta(days=2)


def test_the_pace_of_tests_multiplies_every_pause() -> None:
    for reached in (True, False):
        attempt = Attempt("deferred", "", NONE, reached=reached)
        usual, quick = (next_try("webhook", 3, attempt, now=NOW, jitter=lambda: 0.5, pace=pace) for pace in (1.0, 0.01))
        assert usual is not None
        assert quick is not None
        assert quick - NOW == (usual - NOW) / 100


def test_pauses_never_shrink() -> None:
    for schedule in SCHEDULE.values():
        assert list(schedule) == sorted(schedule)


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        (None, timedelta(minutes=5)),
        (timedelta(seconds=1), timedelta(minutes=5)),  # never sooner than the schedule
        (timedelta(minutes=20), timedelta(minutes=20)),
        (timedelta(days=400), LONGEST_RETRY_AFTER),  # clamped
    ],
)
def test_retry_after_lengthens_a_pause_up_to_a_day(retry_after: timedelta | None, expected: timedelta) -> None:
    assert pause("webhook", 2, retry_after=retry_after) == expected


def test_jitter_makes_a_pause_up_to_a_quarter_longer() -> None:
    assert pause("webhook", 4, jitter=0.0) == 2 * HOUR
    assert pause("webhook", 4, jitter=0.5) == 2.25 * HOUR
    assert pause("webhook", 4, jitter=0.999_999) < 2.5 * HOUR  # type: ignore[operator]


def test_a_server_that_is_not_there_ends_nothing_however_long() -> None:
    assert pause("email", 10_000, reached=False) == UNREACHED
    assert pause("webhook", 10_000, reached=False, jitter=0.4) == UNREACHED * 1.1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 unknown", "550 5.1.1 unknown"),
        ("caf\udce9", "caf?"),  # a byte that was no UTF-8, as aiosmtplib hands it on
        ("a\0b", "a�b"),
        ("long" * 10, "longlo"),
        ("😀😀", "😀😀"),
    ],
)
def test_what_the_other_side_said_is_kept_as_text_that_a_table_takes(said: str, kept: str) -> None:
    assert readable(said, 6 if said.startswith("long") else 100) == kept
