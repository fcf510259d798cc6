"""SQL of delegations."""

from uuid import UUID

from sqlalchemy import insert, null, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.decisions.models import DelegationRow

#: Delegations are few, and whether one closes a circle depends on all others: who adds one takes turns.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-delegations'))")
_IN_FORCE = text("""
SELECT member_id,
       (array_agg(delegate_id ORDER BY proposal_id NULLS LAST) FILTER (WHERE delegate_id IS NOT NULL))[1] AS delegate_id
FROM (
    SELECT DISTINCT ON (member_id, proposal_id) member_id, proposal_id, delegate_id FROM delegations
    WHERE proposal_id IS NULL OR proposal_id = CAST(:proposal_id AS uuid)
    ORDER BY member_id, proposal_id, id DESC
) AS said GROUP BY member_id
""")


async def take_turn(connection: AsyncConnection) -> None:
    """Nobody else adds a delegation until this transaction ends. Comes before any other lock."""
    await connection.execute(_TURN)


async def in_force(connection: AsyncConnection, proposal_id: UUID | None) -> dict[UUID, UUID]:
    """Who votes for whom: in this proposal, or, without one, where a member has said nothing in particular."""
    rows = await connection.execute(_IN_FORCE, {"proposal_id": proposal_id})
    return {row.member_id: row.delegate_id for row in rows if row.delegate_id is not None}


async def said(connection: AsyncConnection, member_id: UUID, proposal_id: UUID | None) -> UUID | None:
    """To whom the member delegates in this proposal in particular, or, without one, in general."""
    about = DelegationRow.proposal_id.is_(null()) if proposal_id is None else DelegationRow.proposal_id == proposal_id
    statement = (
        select(DelegationRow.delegate_id)
        .where(DelegationRow.member_id == member_id, about)
        .order_by(DelegationRow.id.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def say(
    connection: AsyncConnection, member_id: UUID, delegate_id: UUID | None, proposal_id: UUID | None, *, by: UUID
) -> None:
    """Adds what the member says now; the instant is the database's."""
    await connection.execute(
        insert(DelegationRow).values(
            member_id=member_id, delegate_id=delegate_id, proposal_id=proposal_id, said_at=text("now()"), said_by=by
        )
    )
