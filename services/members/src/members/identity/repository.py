"""SQL of users and roles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from members.identity.models import Grant, User
from members.identity.rules import RoleGrant

#: Taken by whoever changes who is an administrator, so that two can't withdraw each other.
_ADMIN_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-admins'))")


async def user_by_email(connection: AsyncConnection, key: str) -> Row[UUID, str] | None:
    """Id and password hash of the user with this address (see ``rules.email_key``)."""
    statement = select(User.id, User.password_hash).where(func.lower(User.email) == key)
    return (await connection.execute(statement)).one_or_none()


async def user(connection: AsyncConnection, user_id: UUID) -> Row[UUID, str, str, datetime] | None:
    statement = select(User.id, User.email, User.name, User.made_at).where(User.id == user_id)
    return (await connection.execute(statement)).one_or_none()


async def add_user(
    connection: AsyncConnection, *, user_id: UUID, email: str, name: str, password_hash: str, now: datetime
) -> bool:
    """Adds a user. False if the address (or the id) is taken already; two who come together are told apart, too."""
    statement = (
        pg_insert(User)
        .values(id=user_id, email=email, name=name, password_hash=password_hash, made_at=now)
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


async def grants(connection: AsyncConnection, user_id: UUID) -> Sequence[Row[*tuple[Any, ...]]]:
    """Everything granted to and withdrawn from the user, in the order it was."""
    statement = (
        select(Grant.role, Grant.granted, Grant.at, Grant.by, Grant.reason)
        .where(Grant.user_id == user_id)
        .order_by(Grant.id)
    )
    return (await connection.execute(statement)).all()


async def add_grants(
    connection: AsyncConnection, user_id: UUID, changes: Sequence[RoleGrant], *, by: UUID | None, reason: str
) -> None:
    if changes:
        rows = [
            {"user_id": user_id, "role": c.role, "granted": c.granted, "at": c.at, "by": by, "reason": reason}
            for c in changes
        ]
        await connection.execute(insert(Grant), rows)


def _admins() -> Select[int]:
    later = aliased(Grant)
    superseded = exists().where(and_(later.user_id == Grant.user_id, later.role == Grant.role, later.id > Grant.id))
    return select(func.count()).where(Grant.role == "admin", Grant.granted, ~superseded)


async def lock_admins(connection: AsyncConnection) -> None:
    """Nobody else changes who is an administrator until this transaction ends."""
    await connection.execute(_ADMIN_LOCK)


async def admins_besides(connection: AsyncConnection, user_id: UUID | None) -> int:
    """How many others are administrators."""
    statement = _admins() if user_id is None else _admins().where(Grant.user_id != user_id)
    return (await connection.execute(statement)).scalar_one()
