"""Who acts for whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from members.identity import service as identity
from members.membership.repository import people, standings
from members.membership.service.reading import check_visible, record, unknown


@dataclass(frozen=True)
class ActingTrace:
    """A user who acts for a member, or did."""

    user_id: UUID
    name: str
    email: str | None
    since: datetime
    by: UUID | None
    ended_at: datetime | None
    ended_by: UUID | None


async def act_for(work: Work, user_id: UUID, member_id: UUID, *, by: UUID | None) -> None:
    """The user acts for the member from now on; who does already goes on. Raises NotFound."""
    await record(work.connection, member_id, work.now)
    await people.add_acting(work.connection, user_id, member_id, since=work.now, by=by)


async def has_stopped(connection: AsyncConnection, user_id: UUID, member_id: UUID) -> bool:
    """Whether the user acted for the member once, and does no more."""
    ended = [
        row.ended_at is not None for row in await people.acting_for(connection, member_id) if row.user_id == user_id
    ]
    return bool(ended) and all(ended)


async def acting_users(connection: AsyncConnection, actor: Actor, member_id: UUID, now: datetime) -> list[ActingTrace]:
    """Who acts for the member and who did: to its own users and coordinators. Raises NotFound."""
    check_visible(actor, member_id, "coordinator")
    await record(connection, member_id, now)
    rows = await people.acting_for(connection, member_id)
    known = await identity.profiles(connection, {row.user_id for row in rows})
    return [
        ActingTrace(
            user_id=row.user_id,
            name=known[row.user_id].name,
            email=known[row.user_id].email,
            since=row.since,
            by=row.by,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
        )
        for row in rows
    ]


async def stop_acting(work: Work, actor: Actor, member_id: UUID, user_id: UUID) -> None:
    """The user acts for the member no more. Raises NotFound; Conflict if nobody would be left to act for it."""
    check_visible(actor, member_id, "coordinator")
    # Two who take each other away come one after the other.
    if not await standings.lock(work.connection, [member_id]):
        raise unknown()
    acting = {row.user_id for row in await people.acting_for(work.connection, member_id) if row.ended_at is None}
    if user_id not in acting:
        raise NotFound("not_acting", "This user does not act for the member")
    if acting == {user_id}:
        raise Conflict("last_user", "Nobody would be left to act for the member; invite somebody else first")
    await people.end_acting(work.connection, user_id, member_id, now=work.now, by=actor.user_id)
