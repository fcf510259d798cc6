"""SQL of users and roles."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from members.identity.models import ExternalSubject, Grant, User
from members.identity.rules import RoleGrant, SignInName

#: Taken by whoever changes who is an administrator, so that two can't withdraw each other.
_ADMIN_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-admins'))")


def _shown() -> Select[*tuple[Any, ...]]:
    return select(
        User.id,
        User.email,
        User.name,
        User.phone,
        User.language,
        User.password_hash,
        User.email_confirmed_at,
        User.made_at,
    )


async def user_by_name(connection: AsyncConnection, name: SignInName) -> Row[*tuple[Any, ...]] | None:
    """The user with this address or phone number."""
    statement = _shown().where(or_(func.lower(User.email) == name.email_key, User.phone == name.phone))
    return (await connection.execute(statement)).one_or_none()


async def user(connection: AsyncConnection, user_id: UUID) -> Row[*tuple[Any, ...]] | None:
    return (await connection.execute(_shown().where(User.id == user_id))).one_or_none()


async def users(connection: AsyncConnection, ids: Collection[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    return (await connection.execute(_shown().where(User.id.in_(ids)))).all()


async def users_page(
    connection: AsyncConnection, *, role: str | None, words: str | None, after: UUID | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Users in the order in which they were added, with their roles; one more than ``limit`` if there are more."""
    later = aliased(Grant)
    superseded = exists().where(and_(later.user_id == Grant.user_id, later.role == Grant.role, later.id > Grant.id))
    held = select(Grant.user_id, func.array_agg(Grant.role, type_=ARRAY(Text)).label("roles")).where(
        Grant.granted, ~superseded
    )
    roles = held.group_by(Grant.user_id).subquery()
    statement = (
        _shown()
        .add_columns(func.coalesce(roles.c.roles, text("'{}'")).label("roles"))
        .outerjoin(roles, roles.c.user_id == User.id)
        .order_by(User.id)
        .limit(limit + 1)
    )
    if role is not None:
        statement = statement.where(roles.c.roles.contains([role]))
    if words is not None:
        found: list[ColumnElement[bool]] = [
            column.icontains(words, autoescape=True) for column in (User.name, User.email, User.phone)
        ]
        statement = statement.where(or_(*found))
    if after is not None:
        statement = statement.where(User.id > after)
    return (await connection.execute(statement)).all()


async def add_user(
    connection: AsyncConnection,
    *,
    user_id: UUID,
    email: str | None,
    phone: str | None,
    name: str,
    password_hash: str | None,
    language: str | None,
    now: datetime,
) -> bool:
    """Adds a user. False if the address (or the id) is taken already; two who come together are told apart, too.

    A phone number that somebody has already is left out.
    """
    taken = exists().where(User.phone == phone)
    statement = (
        pg_insert(User)
        .values(
            id=user_id,
            email=email,
            phone=case((taken, None), else_=phone),
            name=name,
            password_hash=password_hash,
            language=language,
            made_at=now,
        )
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


async def change_user(connection: AsyncConnection, user_id: UUID, **values: Any) -> bool:
    """False if what is to be unique is taken."""
    taken: list[ColumnElement[bool]] = []
    if values.get("email") is not None:
        taken.append(func.lower(User.email) == func.lower(values["email"]))
    if values.get("phone") is not None:
        taken.append(User.phone == values["phone"])
    if taken:
        other = exists(select(User.id).where(or_(*taken), User.id != user_id))
        if (await connection.execute(select(other))).scalar_one():
            return False
    await connection.execute(update(User).where(User.id == user_id).values(**values))
    return True


async def subject(connection: AsyncConnection, issuer: str, name: str) -> UUID | None:
    """The user whom the other issuer calls by this name."""
    statement = select(ExternalSubject.user_id).where(ExternalSubject.issuer == issuer, ExternalSubject.subject == name)
    return (await connection.execute(statement)).scalar_one_or_none()


async def add_subject(connection: AsyncConnection, issuer: str, name: str, user_id: UUID, now: datetime) -> None:
    await connection.execute(insert(ExternalSubject).values(issuer=issuer, subject=name, user_id=user_id, seen_at=now))


async def lock_subject(connection: AsyncConnection, issuer: str, name: str) -> None:
    """Nobody else brings this subject in until this transaction ends."""
    key = func.hashtextextended(f"subject:{issuer}:{name}", 0)
    await connection.execute(select(func.pg_advisory_xact_lock(key)))


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


async def ensure_users(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> dict[str, UUID]:
    """Adds those of these users whose address nobody has; the users of all these addresses (see ``rules.email_key``)."""
    await connection.execute(pg_insert(User).on_conflict_do_nothing(), list(rows))
    found = await connection.execute(
        select(func.lower(User.email).label("key"), User.id).where(func.lower(User.email).in_(keys))
    )
    return {row.key: row.id for row in found}
