"""The orders piece: ``uvicorn orders.main:app --factory``."""

from datetime import timedelta

from fastapi import FastAPI

from kit.app import create_app
from kit.database import Work
from kit.jobs import Job
from orders.cycles import consumers as cycles_consumers
from orders.cycles import endpoints as cycles
from orders.ordering import consumers as ordering_consumers
from orders.ordering import endpoints as ordering
from orders.ordering import following
from orders.ordering.service import reject_overdue
from orders.pickup import endpoints as pickup
from orders.privacy import consumers as privacy_consumers
from orders.privacy import endpoints as privacy
from orders.purchasing import endpoints as purchasing
from orders.purchasing.service import close_due
from orders.recalls import consumers as recalls_consumers
from orders.recalls import endpoints as recalls
from orders.receiving import endpoints as receiving
from orders.settings import Settings
from orders.settlement import consumers as settlement_consumers
from orders.settlement import endpoints as settlement

ROOMS = (cycles, ordering, following, purchasing, receiving, pickup, settlement, recalls)


def build(settings: Settings) -> FastAPI:
    """The piece with these settings."""

    async def close(work: Work) -> None:
        await close_due(work, settings)

    return create_app(
        settings,
        service="orders",
        routers=[*(router for room in ROOMS for router in room.ROUTERS), privacy.router],
        subscriptions=[
            *cycles_consumers.SUBSCRIPTIONS,
            *ordering_consumers.SUBSCRIPTIONS,
            *settlement_consumers.SUBSCRIPTIONS,
            *recalls_consumers.SUBSCRIPTIONS,
            *privacy_consumers.SUBSCRIPTIONS,
        ],
        jobs=[
            Job("reject-overdue", timedelta(seconds=settings.expire_every), reject_overdue),
            Job("close-cycles", timedelta(seconds=settings.close_every), close),
        ],
    )


def app() -> FastAPI:
    """The piece as the environment says."""
    return build(Settings())
