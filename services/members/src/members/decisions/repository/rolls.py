"""SQL of electoral rolls."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.decisions.models import BallotRow, Mark, RollRow
from members.membership.models import Member

_FREEZE = text("""
INSERT INTO electoral_roll (proposal_id, member_id, kind, weight)
SELECT :proposal_id, r.member_id, r.kind, r.weight
FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS r (member_id uuid, kind text, weight integer)
""")


async def freeze(connection: AsyncConnection, proposal_id: UUID, entries: Iterable[tuple[UUID, str, int]]) -> int:
    """Writes the roll: member, kind, weight. Returns how many it has."""
    rows = [{"member_id": str(member_id), "kind": kind, "weight": weight} for member_id, kind, weight in entries]
    if rows:
        await connection.execute(_FREEZE, {"proposal_id": proposal_id, "entries": json.dumps(rows)})
    return len(rows)


async def hold_entry(connection: AsyncConnection, proposal_id: UUID, member_id: UUID) -> int | None:
    """The member's weight; None if it is not on the roll. Another who votes for it waits for this transaction."""
    statement = (
        select(RollRow.weight)
        .where(RollRow.proposal_id == proposal_id, RollRow.member_id == member_id)
        .with_for_update(key_share=True)
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def weight(connection: AsyncConnection, proposal_id: UUID) -> int:
    """All votes on the roll together."""
    statement = select(func.coalesce(func.sum(RollRow.weight), 0)).where(RollRow.proposal_id == proposal_id)
    return int((await connection.execute(statement)).scalar_one())


async def has(connection: AsyncConnection, proposal_id: UUID, member_id: UUID) -> bool:
    statement = select(exists().where(RollRow.proposal_id == proposal_id, RollRow.member_id == member_id))
    return (await connection.execute(statement)).scalar_one()


async def page(
    connection: AsyncConnection, proposal_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Those entitled, by id, with their names and whether they have voted; one more than ``limit`` if there are more."""
    voted = or_(
        exists().where(BallotRow.proposal_id == RollRow.proposal_id, BallotRow.member_id == RollRow.member_id),
        exists().where(Mark.proposal_id == RollRow.proposal_id, Mark.member_id == RollRow.member_id),
    )
    statement = (
        select(RollRow.member_id, Member.name, Member.number, RollRow.kind, RollRow.weight, voted.label("voted"))
        .join(Member, Member.id == RollRow.member_id)
        .where(RollRow.proposal_id == proposal_id)
        .order_by(RollRow.member_id)
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(RollRow.member_id > after)
    return (await connection.execute(statement)).all()
