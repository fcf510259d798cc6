"""What all rooms hold of a member, put together."""

from collections.abc import Collection
from uuid import UUID

from catalog.privacy.holdings import ROOMS
from kit.database import Work

HOLDINGS = tuple(holding for room in ROOMS for holding in room.HOLDINGS)
#: Tables without a word about a member, and why.
NOBODYS = {table: why for room in ROOMS for table, why in room.NOBODYS.items()}


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes out what is personal; what others rely on stays, without a name."""
    for room in ROOMS:
        await room.forget(work, member_ids)
