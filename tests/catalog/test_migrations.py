"""The migrations make exactly the tables that the code speaks of."""

import asyncio

from catalog.tables import Base
from kit.migrations import upgrade
from kit.testing.databases import Databases, differences


async def test_an_empty_database_becomes_what_the_models_say(databases: Databases) -> None:
    url = await databases.empty()
    await asyncio.to_thread(upgrade, "catalog", url)

    assert await differences(url, Base.metadata) == []
