"""What the service makes sure of when it starts."""

from typing import Any

from fastapi import FastAPI

from kit.database import Database
from kit.trust import Keys
from members.identity import service as identity
from members.identity.passwords import Passwords
from members.sessions import signing
from members.settings import Settings


async def first_start(app: FastAPI) -> None:
    """A key to sign with, and an administrator if settings name one and there is none. Replicas make one of each."""
    database: Database = app.state.database
    passwords: Passwords = app.state.passwords
    settings: Settings = app.state.settings
    async with database.transaction() as work:
        await signing.ensure_key(work, settings)
        if settings.admin_email:
            secret = settings.admin_password.get_secret_value()
            await identity.ensure_admin(work, passwords, email=settings.admin_email, password=secret)


def own_keys(database: Database) -> Keys:
    """This service reads the keys that check tokens from its own database."""

    async def fetch() -> dict[str, Any]:
        async with database.reading() as connection:
            return await signing.jwks(connection)

    return fetch
