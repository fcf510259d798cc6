"""Forgetting a member."""

from collections.abc import Collection
from uuid import UUID

from directory.entities import service as entities
from directory.privacy import repository
from kit.database import Work


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Withdraws what these members have published, so that everybody hears of it, and removes it."""
    await entities.follow_members(work, [{"member_id": member_id, "status": "left"} for member_id in member_ids])
    await repository.forget(work, member_ids)
