"""Alembic for each service: forward only, a step of its own before the service starts.

``python -m kit.migrations members`` brings the database that TRAMA_DATABASE_URL names up to the members' newest.
"""

import asyncio
import sys
from importlib.resources import files

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, pool, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from kit.settings import Settings


def config_for(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(service) / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(service: str, url: str) -> None:
    """Applies every migration that is missing. Processes that start it together wait for each other."""
    config = config_for(service)
    config.attributes["url"] = url
    command.upgrade(config, "head")


def run(metadata: MetaData) -> None:
    """The whole of a service's ``env.py``."""
    config = context.config
    asyncio.run(_connect_and_migrate(config.attributes["url"], metadata))


async def _connect_and_migrate(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata)
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    connection.execute(text("SELECT pg_advisory_lock(hashtext('trama-migrations'))"))
    # A migration that can't get its lock gives up rather than stall the service that runs beside it.
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(hashtext('trama-migrations'))"))


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m kit.migrations SERVICE")
    settings = Settings()
    upgrade(sys.argv[1], settings.database_url.get_secret_value())


if __name__ == "__main__":
    main()
