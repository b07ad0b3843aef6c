"""A short storm. `make chaos` runs long ones, with the same harness."""

from tests.chaos import failpoints, plan
from tests.chaos.__main__ import told
from tests.chaos.storm import Storm, Wish


async def test_thirty_kills_lose_nothing_and_double_nothing() -> None:
    wish = Wish(seed=30, kills=30, replicas=1, life=4.0, trouble=6.0)
    report = await Storm(wish, print).run()
    assert report.verdict.is_kept, told(report, wish, 0)
    assert report.kills.total() >= wish.kills
    assert report.verdict.counts["rows that must be"] > 100


def test_plan_comes_back_with_its_seed_whatever_the_timing() -> None:
    def drawn(seed: int) -> list[object]:
        lives = plan.lives(seed, "notifier", 1, ["a", "b", "c"], pace=6.0)
        troubles = plan.troubles(seed, pace=4.0)
        return [next(lives) for _ in range(50)] + [next(troubles) for _ in range(50)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_every_failpoint_of_a_service_has_its_turn() -> None:
    names = ["a", "b", "c", "d"]
    lives = plan.lives(1, "matcher", 0, names, pace=6.0)
    assert {next(lives).failpoint.partition(":")[0] for _ in range(20)} == {*names, ""}


def test_each_step_between_two_durable_effects_has_a_failpoint() -> None:
    found = failpoints.by_service()
    assert {"ingest.committed", "relay.read", "relay.sent", "relay.published", "relay.deleted"} <= set(found["ingest"])
    assert {"consumer.decoded", "consumer.handled", "dead_letter.published", "matcher.published"} <= set(found["matcher"])
    assert {"notifier.recorded", "notifier.frozen", "notifier.sent", "notifier.settled"} <= set(found["notifier"])
    assert {"subscriptions.committed", "relay.published", "consumer.handled"} <= set(found["subscriptions"])
