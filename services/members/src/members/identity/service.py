"""Use cases of users and roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from members.identity import repository, rules
from members.identity.passwords import Passwords


@dataclass(frozen=True)
class Profile:
    """A user and what was granted to them."""

    id: UUID
    email: str
    name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class GrantTrace:
    """Who gave or withdrew which role, when and why."""

    role: str
    granted: bool
    at: datetime
    by: UUID | None
    reason: str


@dataclass(frozen=True)
class Credentials:
    """Who signs in with a name, and the hash that the password must match; nobody, if there is no such name."""

    user_id: UUID | None
    password_hash: str | None


async def credentials(connection: AsyncConnection, username: str) -> Credentials:
    user = await repository.user_by_email(connection, rules.email_key(username))
    return Credentials(user.id, user.password_hash) if user else Credentials(None, None)


async def create_user(work: Work, passwords: Passwords, *, user_id: UUID, email: str, password: str, name: str) -> None:
    """Adds someone who can sign in. Raises Invalid for the address or the password, Conflict if it is taken.

    That the address is taken has to be said, for there is no letter yet that could say it only to its owner. It is
    said after the same work as a success, and the same for every standing that the owner may have.
    """
    address = rules.email_address(email)
    rules.check_password(password, address)
    hashed = await passwords.make(password)
    added = await repository.add_user(
        work.connection, user_id=user_id, email=address, name=name, password_hash=hashed, now=work.now
    )
    if not added:
        raise Conflict("email_taken", "This e-mail address can't be used: sign in, or take another one", field="/email")


async def create_user_with_roles(
    work: Work, passwords: Passwords, *, email: str, password: str, name: str, roles: Sequence[str], by: UUID | None
) -> Profile:
    """Adds someone with roles of the network. Raises as ``create_user`` and ``set_roles`` do."""
    changes = rules.role_changes(frozenset(), roles, work.now)
    user_id = new_id()
    await create_user(work, passwords, user_id=user_id, email=email, password=password, name=name)
    await repository.add_grants(work.connection, user_id, changes, by=by, reason="")
    return await profile(work.connection, user_id)


async def set_roles(work: Work, user_id: UUID, roles: Sequence[str], *, by: UUID, reason: str) -> Profile:
    """Grants and withdraws until the user has exactly these roles; what changed stays on record.

    Raises NotFound, Invalid for a role nobody grants, Conflict if nobody would be left to grant any.
    """
    await repository.lock_admins(work.connection)
    known = await profile(work.connection, user_id)
    changes = rules.role_changes(known.roles, roles, work.now)
    rules.check_admin_remains(changes, await repository.admins_besides(work.connection, user_id))
    await repository.add_grants(work.connection, user_id, changes, by=by, reason=reason)
    return await profile(work.connection, user_id)


async def profile(connection: AsyncConnection, user_id: UUID) -> Profile:
    """Raises NotFound."""
    user = await repository.user(connection, user_id)
    if user is None:
        raise NotFound("user_unknown", "There is no such user")
    return Profile(user.id, user.email, user.name, await roles_granted(connection, user_id))


async def roles_granted(connection: AsyncConnection, user_id: UUID) -> frozenset[str]:
    """The roles that somebody granted to the user; those that follow from membership are not among them."""
    rows = await repository.grants(connection, user_id)
    return rules.current_roles(rules.RoleGrant(row.role, row.granted, row.at) for row in rows)


async def trace_of_roles(connection: AsyncConnection, user_id: UUID) -> list[GrantTrace]:
    """Everything that was granted and withdrawn, oldest first. Raises NotFound."""
    await profile(connection, user_id)
    rows = await repository.grants(connection, user_id)
    return [GrantTrace(row.role, row.granted, row.at, row.by, row.reason) for row in rows]


async def ensure_admin(work: Work, passwords: Passwords, *, email: str, password: str) -> bool:
    """Makes the first administrator of a network that has none. True if one was made.

    Replicas that start together make one. Raises Invalid for an address or password that can't be used, Conflict if
    the address is a member's.
    """
    await repository.lock_admins(work.connection)
    if await repository.admins_besides(work.connection, None):
        return False
    await create_user_with_roles(
        work, passwords, email=email, password=password, name="Admin", roles=["admin"], by=None
    )
    return True
