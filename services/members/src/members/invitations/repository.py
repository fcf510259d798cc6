"""SQL of invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.invitations.models import Invitation, Use


def _all() -> Select[*tuple[Any, ...]]:
    return select(
        Invitation.id,
        Invitation.purpose,
        Invitation.member_id,
        Invitation.kind,
        Invitation.admitted,
        Invitation.role,
        Invitation.note,
        Invitation.salt,
        Invitation.code_hash,
        Invitation.max_uses,
        Invitation.uses,
        Invitation.made_by,
        Invitation.made_at,
        Invitation.expires_at,
        Invitation.withdrawn_at,
    )


async def add(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if there is one with this id."""
    statement = pg_insert(Invitation).values(uses=0, **values).on_conflict_do_nothing(index_elements=["id"])
    return (await connection.execute(statement.returning(Invitation.id))).one_or_none() is not None


async def invitation(connection: AsyncConnection, invitation_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_all().where(Invitation.id == invitation_id))).one_or_none()


async def by_code(connection: AsyncConnection, code_hash: bytes) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_all().where(Invitation.code_hash == code_hash))).one_or_none()


async def lock_by_code(connection: AsyncConnection, code_hash: bytes) -> Row[*tuple[Any, ...]] | None:
    """The invitation, which nobody else follows or withdraws until this transaction ends."""
    return (await connection.execute(_all().where(Invitation.code_hash == code_hash).with_for_update())).one_or_none()


async def page(
    connection: AsyncConnection,
    *,
    made_by: UUID,
    member_ids: Collection[UUID],
    purposes: Collection[str],
    after: UUID | None,
    limit: int,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Invitations by this user, for these members, or of these purposes; one more than ``limit`` if there are more."""
    mine = or_(Invitation.made_by == made_by, Invitation.member_id.in_(member_ids), Invitation.purpose.in_(purposes))
    statement = _all().where(mine).order_by(Invitation.id).limit(limit + 1)
    if after is not None:
        statement = statement.where(Invitation.id > after)
    return (await connection.execute(statement)).all()


async def withdraw(connection: AsyncConnection, invitation_id: UUID, *, now: datetime, by: UUID) -> None:
    """Withdraws it; once is enough."""
    await connection.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=by)
    )


async def is_used_by(connection: AsyncConnection, invitation_id: UUID, used_by: UUID) -> bool:
    statement = exists().where(Use.invitation_id == invitation_id, Use.used_by == used_by)
    return bool((await connection.execute(select(statement))).scalar_one())


async def use(connection: AsyncConnection, invitation_id: UUID, used_by: UUID, now: datetime) -> None:
    """Counts a use; the invitation is locked."""
    await connection.execute(update(Invitation).where(Invitation.id == invitation_id).values(uses=Invitation.uses + 1))
    await connection.execute(insert(Use).values(invitation_id=invitation_id, used_by=used_by, used_at=now))
