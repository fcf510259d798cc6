"""The migrations make what the models say."""

from kit.testing.databases import Databases, differences
from members.tables import METADATA


async def test_an_empty_database_becomes_what_the_models_say(databases: Databases) -> None:
    async with databases.fresh("members") as url:
        assert await differences(url, METADATA) == []
