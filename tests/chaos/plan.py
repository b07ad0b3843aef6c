"""What is done to the system, drawn from a seed: each stream of decisions is its own, so that timing changes none of them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

What = Literal[
    "kill kafka", "stop kafka", "crash postgres", "kill inbox", "kill receiver",
    "pause", "cut kafka", "cut postgres", "cut smtp", "cut webhooks", "slow kafka", "slow postgres", "slow smtp", "slow webhooks",
]  # fmt: skip
TROUBLES: Final[dict[What, int]] = {
    "kill kafka": 1, "stop kafka": 1, "crash postgres": 2, "kill inbox": 3, "kill receiver": 2, "pause": 6,
    "cut kafka": 3, "cut postgres": 4, "cut smtp": 4, "cut webhooks": 3,
    "slow kafka": 2, "slow postgres": 2, "slow smtp": 2, "slow webhooks": 2,
}  # fmt: skip
"""With their weights."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a replica ends: at a failpoint, or at random where that is not reached in time."""

    failpoint: str
    """As `runtime.failpoint` takes it; "" for none."""
    longest: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens to the rest of the system, or to a replica that is paused."""

    what: What
    after: float
    """Seconds since the one before."""
    lasts: float
    """Seconds, where it is something that lasts."""
    replica: int
    """Which one is paused, modulo how many there are."""


def lives(seed: int, service: str, replica: int, failpoints: Sequence[str], *, pace: float) -> Iterator[Life]:
    """The lives of one replica, without end. `pace`: seconds that one lasts, about."""
    rng = random.Random(f"{seed} {service} {replica}")
    deck: list[str] = []
    while True:
        deck = deck or rng.sample(failpoints, len(failpoints))
        chosen = rng.random() < 0.8 and bool(deck)
        times = rng.choice([1, 1, 1, 2, 3])
        longest = pace * (rng.uniform(2, 3) if chosen else rng.uniform(0.5, 1.5))
        yield Life(f"{deck.pop()}:{times}" if chosen else "", longest)


def troubles(seed: int, *, pace: float) -> Iterator[Trouble]:
    """Without end; `pace`: seconds between two, about."""
    rng = random.Random(f"{seed} troubles")
    while True:
        (what,) = rng.choices(list(TROUBLES), list(TROUBLES.values()))
        yield Trouble(what, pace * rng.uniform(0.5, 1.5), rng.uniform(1, 8), rng.randrange(1000))
