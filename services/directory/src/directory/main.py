"""The directory piece: ``uvicorn --factory directory.main:app``."""

from fastapi import FastAPI

from directory.entities import consumers
from directory.entities import endpoints as entities
from directory.imports import endpoints as imports
from directory.privacy import consumers as privacy_consumers
from directory.privacy import endpoints as privacy
from directory.search import endpoints as search
from directory.settings import Settings
from kit.app import create_app


def build(settings: Settings) -> FastAPI:
    """The piece as these settings say."""
    return create_app(
        settings,
        service="directory",
        routers=[search.router, entities.router, imports.router, privacy.router],
        subscriptions=[*consumers.SUBSCRIPTIONS, *privacy_consumers.SUBSCRIPTIONS],
    )


def app() -> FastAPI:
    """The piece as the environment says."""
    return build(Settings())
