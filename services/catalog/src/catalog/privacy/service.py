"""Forgetting a member."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from catalog.guarantee.service import certificates
from catalog.privacy import repository
from catalog.producers import repository as producers
from catalog.products import service as products
from catalog.settings import Settings
from kit.database import Work
from kit.personal import NOBODY


async def forget(work: Work, settings: Settings, member_ids: Collection[UUID]) -> None:
    """Withdraws what these members still offer, and takes out who they were. Nothing that was sold changes."""
    known = await producers.by_ids(work, member_ids)
    await products.learn(work, [replace(one, name=NOBODY, status="left") for one in known.values()])
    await certificates.follow_members(work, settings, dict.fromkeys(known, "left"))
    await repository.forget(work, member_ids)
