"""The catalog piece: ``uvicorn catalog.main:app --factory``."""

from fastapi import FastAPI

from catalog.imports import endpoints as imports
from catalog.privacy import consumers as privacy_consumers
from catalog.privacy import endpoints as privacy
from catalog.products import endpoints as products
from catalog.products.consumers import SUBSCRIPTIONS
from catalog.products.jobs import PRICES
from catalog.settings import Settings
from catalog.stock import endpoints as stock
from catalog.stock.consumers import subscriptions
from catalog.stock.jobs import EXPIRE
from kit.app import create_app


def build(settings: Settings) -> FastAPI:
    return create_app(
        settings,
        service="catalog",
        routers=[
            products.products,
            products.variants,
            products.vocabulary,
            stock.variants,
            stock.reservations,
            imports.router,
            privacy.router,
        ],
        subscriptions=[*SUBSCRIPTIONS, *subscriptions(settings.reservation_grace), *privacy_consumers.SUBSCRIPTIONS],
        jobs=[PRICES, EXPIRE],
    )


def app() -> FastAPI:
    return build(Settings())
