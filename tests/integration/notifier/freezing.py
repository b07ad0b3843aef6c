"""What tests of the freezer share."""

from datetime import timedelta

from services.notifier.domain.retry import Attempt
from services.notifier.freeze import Ready
from services.notifier.settle import Result
from tests.integration.notifier.world import World, matched

TOLD = "suppressed: told already, through another of the subscriber's subscriptions"


async def freeze(world: World) -> list[Ready]:
    """Claim what is due and freeze it."""
    world.leased = await world.claim()
    world.ready = (await world.freezer().freeze(world.leased)).ready
    return world.ready


async def frozen(world: World) -> list[str]:
    """Claim what is due and freeze it; message ids of what is to be sent, `withdrawn: reason` of what is not."""
    return [one.delivery.message_id if not one.withdrawn else f"withdrawn: {one.withdrawn}" for one in await freeze(world)]


async def as_if_sent(world: World) -> None:
    """As if all that was frozen last had been sent, and was settled."""
    await _settle(world, Attempt("sent", "250 OK", timedelta(0)))


async def as_if_refused(world: World) -> None:
    """As if the server had refused all that was frozen last for good: it surely never arrived."""
    await _settle(world, Attempt("failed", "550 no such mailbox", timedelta(0), status=550))


async def as_if_not_taken(world: World) -> None:
    """As if nobody had come to send what was frozen last; what is withdrawn is settled as such."""
    await _settle(world, None)


async def _settle(world: World, attempt: Attempt | None) -> None:
    results = [Result(one.delivery, one.published_at, None if one.withdrawn else attempt, one.withdrawn) for one in world.ready]
    await world.settler().settle(results, held=world.leased, done=world.leased)


def last_told(revision: int) -> tuple[object, ...]:
    """What is told of the posting when it stops matching in this revision, after whom it is told."""
    event = matched("a", kind="no_longer", revision=revision)
    return (event.posting.id, event.episode, "no_longer", revision)
