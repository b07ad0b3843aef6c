"""What tests of closings share."""

from tests.integration.notifier.freezing import as_if_sent, frozen
from tests.integration.notifier.world import (
    World,
    matched,
)

SENT = ("opened", "sent")


async def kinds(world: World) -> list[tuple[str, str]]:
    """(kind, state with reason) of each alert, in the order of recording."""
    return [(kind, state) for _, kind, state in await world.alerts()]


async def told(world: World, *names: str, posting: str = "p") -> list[str]:
    """As if these had been told; message ids."""
    await world.subscribe(*names)
    await world.beat()
    await world.record(matched(*names, posting=posting))
    ids = await frozen(world)
    await as_if_sent(world)
    return ids
