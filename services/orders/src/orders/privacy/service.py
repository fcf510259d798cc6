"""Forgetting a member."""

from collections.abc import Collection
from uuid import UUID

from kit.database import Work
from orders.privacy import repository


async def forget(work: Work, member_ids: Collection[UUID]) -> None:
    """Takes out who these members were. What was ordered, delivered and settled stays as it is."""
    await repository.forget(work, member_ids)
