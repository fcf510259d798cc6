"""The catalog piece: ``uvicorn catalog.main:app --factory``."""

from fastapi import FastAPI

from catalog.exports import endpoints as exports
from catalog.guarantee import consumers as guarantee_consumers
from catalog.guarantee import endpoints as guarantee
from catalog.guarantee import jobs as guarantee_jobs
from catalog.hubs import consumers as hubs_consumers
from catalog.hubs import endpoints as hubs
from catalog.imports import endpoints as imports
from catalog.lots import consumers as lots_consumers
from catalog.lots import endpoints as lots
from catalog.photos import endpoints as photos
from catalog.photos import jobs as photos_jobs
from catalog.photos.intake import Intake
from catalog.prices import endpoints as prices
from catalog.privacy import consumers as privacy_consumers
from catalog.privacy import endpoints as privacy
from catalog.producers import endpoints as producers
from catalog.products import consumers as products_consumers
from catalog.products import endpoints as products
from catalog.products import jobs as products_jobs
from catalog.recalls import endpoints as recalls
from catalog.recalls import jobs as recalls_jobs
from catalog.seasons import consumers as seasons_consumers
from catalog.seasons import endpoints as seasons
from catalog.sessions import consumers as sessions_consumers
from catalog.sessions import endpoints as sessions
from catalog.sessions import jobs as sessions_jobs
from catalog.settings import Settings
from catalog.stock import consumers as stock_consumers
from catalog.stock import endpoints as stock
from catalog.stock import jobs as stock_jobs
from catalog.wants import consumers as wants_consumers
from catalog.wants import endpoints as wants
from catalog.wants import jobs as wants_jobs
from kit.app import create_app

#: In the order in which addresses are tried.
ENDPOINTS = (
    products,
    producers,
    stock,
    sessions,
    wants,
    seasons,
    photos,
    prices,
    hubs,
    lots,
    recalls,
    guarantee,
    imports,
    exports,
    privacy,
)
CONSUMERS = (
    # Before stock: who takes from lots and from stock locks the lots first.
    lots_consumers,
    products_consumers,
    hubs_consumers,
    stock_consumers,
    sessions_consumers,
    wants_consumers,
    seasons_consumers,
    guarantee_consumers,
    privacy_consumers,
)
JOBS = (
    products_jobs,
    stock_jobs,
    photos_jobs,
    sessions_jobs,
    wants_jobs,
    recalls_jobs,
    guarantee_jobs,
)


def build(settings: Settings) -> FastAPI:
    app = create_app(
        settings,
        service="catalog",
        routers=[router for room in ENDPOINTS for router in room.ROUTERS],
        subscriptions=[subscription for room in CONSUMERS for subscription in room.subscriptions(settings)],
        jobs=[job for room in JOBS for job in room.jobs(settings)],
        larger_bodies={**imports.LARGER_BODIES, **photos.larger_bodies(settings)},
    )
    app.state.photos = Intake(settings)
    return app


def app() -> FastAPI:
    return build(Settings())
