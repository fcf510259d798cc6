"""Every statement about practices that are withheld."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from catalog.products.models import WithheldPractice
from catalog.products.repository.among import among
from kit.database import Work


async def withheld(work: Work, member_ids: Collection[UUID]) -> dict[UUID, dict[str, str | None]]:
    """The practices that are withheld from each of these members, where there are any, with what is shown in place of
    each, if something is."""
    rows = await work.execute(
        select(WithheldPractice.member_id, WithheldPractice.practice, WithheldPractice.shown_as).where(
            among(WithheldPractice.member_id, member_ids)
        )
    )
    found: dict[UUID, dict[str, str | None]] = {}
    for row in rows:
        found.setdefault(row.member_id, {})[row.practice] = row.shown_as
    return found


async def set_withheld(work: Work, member_id: UUID, practices: Mapping[str, str | None]) -> None:
    """These and no others are withheld from the member."""
    await work.execute(
        delete(WithheldPractice).where(
            WithheldPractice.member_id == member_id, WithheldPractice.practice.not_in(list(practices))
        )
    )
    if practices:
        rows = [
            {"member_id": member_id, "practice": code, "shown_as": other, "since": work.now}
            for code, other in sorted(practices.items())
        ]
        new = insert(WithheldPractice)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[WithheldPractice.member_id, WithheldPractice.practice],
                set_={"shown_as": new.excluded.shown_as},
            ),
            rows,
        )
