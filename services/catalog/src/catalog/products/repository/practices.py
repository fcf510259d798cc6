"""Every statement about practices that are withheld."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from catalog.products.models import WithheldPractice
from catalog.products.repository.among import among
from kit.database import Work


async def withheld(work: Work, member_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The practices that are withheld from each of these members, where there are any."""
    rows = await work.execute(
        select(WithheldPractice.member_id, WithheldPractice.practice).where(
            among(WithheldPractice.member_id, member_ids)
        )
    )
    found: dict[UUID, frozenset[str]] = {}
    for row in rows:
        found[row.member_id] = found.get(row.member_id, frozenset()) | {row.practice}
    return found


async def set_withheld(work: Work, member_id: UUID, practices: Collection[str]) -> None:
    """These and no others are withheld from the member."""
    await work.execute(
        delete(WithheldPractice).where(
            WithheldPractice.member_id == member_id, WithheldPractice.practice.not_in(practices)
        )
    )
    if practices:
        rows = [{"member_id": member_id, "practice": code, "since": work.now} for code in sorted(practices)]
        await work.execute(insert(WithheldPractice).on_conflict_do_nothing(), rows)
