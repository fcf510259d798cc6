"""The orders service. Run it by ``uvicorn orders.main:app --factory``."""

from datetime import timedelta

from fastapi import FastAPI

from kit.app import create_app
from kit.jobs import Job
from orders.cycles import consumers as cycle_consumers
from orders.cycles import endpoints as cycles
from orders.ordering import consumers as order_consumers
from orders.ordering import endpoints as ordering
from orders.ordering import following
from orders.ordering.service import reject_overdue
from orders.settings import Settings


def build(settings: Settings) -> FastAPI:
    """The service with these settings."""
    return create_app(
        settings,
        service="orders",
        routers=[*cycles.ROUTERS, *ordering.ROUTERS, *following.ROUTERS],
        subscriptions=[*cycle_consumers.SUBSCRIPTIONS, *order_consumers.SUBSCRIPTIONS],
        jobs=[Job("reject-overdue", timedelta(seconds=settings.expire_every), reject_overdue)],
    )


def app() -> FastAPI:
    """The service as the environment says."""
    return build(Settings())
