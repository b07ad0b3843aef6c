"""What tests of the freezer share."""

from tests.integration.notifier.world import World, matched

TOLD = "suppressed: told already, through another of the subscriber's subscriptions"


async def frozen(world: World) -> list[str]:
    """Claim what is due and freeze it; message ids of what is to be sent, `withdrawn: reason` of what is not."""
    ready = (await world.freezer().freeze(await world.claim())).ready
    return [one.delivery.message_id if not one.withdrawn else f"withdrawn: {one.withdrawn}" for one in ready]


async def as_if_sent(world: World, state: str = "sent") -> None:
    """As if all that is frozen had been sent, and the leases given back."""
    untold = state in ("suppressed", "failed")
    await world.pool.execute("UPDATE deliveries SET state = $1, finished_at = now(), untold = $2", state, untold)
    await world.pool.execute("UPDATE alerts SET state = $1 WHERE state = 'frozen'", state)
    await world.expire_leases()


def last_told(revision: int) -> tuple[object, ...]:
    """What is told of the posting when it stops matching in this revision, after whom it is told."""
    event = matched("a", kind="no_longer", revision=revision)
    return (event.posting.id, event.episode, "no_longer", revision)
