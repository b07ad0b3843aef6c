"""Questions about what was sent. Read-only; reached by operators and other services, never from outside."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.notifier.store.deliveries import fetch_attempts, fetch_delivery_counts
from services.notifier.store.ledger import fetch_counts, fetch_history

if TYPE_CHECKING:
    from runtime.postgres import Pool


def make_router(pool: "Pool") -> APIRouter:
    """Routes under /v1."""
    router = APIRouter(prefix="/v1", tags=["questions"])

    @router.get("/ledger")
    async def ledger() -> dict[str, Any]:
        """How many alerts and deliveries there are, by state and reason. Reads every row: for demos and small systems."""
        return {"alerts": await fetch_counts(pool), "deliveries": await fetch_delivery_counts(pool)}

    @router.get("/subscriptions/{subscription_id}/alerts")
    async def history(subscription_id: UUID, limit: int = Query(50, ge=1, le=500)) -> list[dict[str, Any]]:
        """The newest alerts of a subscription: what of, and what became of each."""
        return await fetch_history(pool, subscription_id, limit=limit)

    @router.get("/deliveries/{delivery_id}/attempts")
    async def attempts(delivery_id: UUID) -> list[dict[str, Any]]:
        """Every attempt to deliver one message, oldest first."""
        return await fetch_attempts(pool, delivery_id)

    return router
