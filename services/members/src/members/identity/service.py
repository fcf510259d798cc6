"""Use cases of users and roles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from kit.settings import Settings
from members.identity import rules
from members.identity.letters import Reader
from members.identity.passwords import Passwords
from members.identity.repository import people
from members.identity.rules import SignInName


@dataclass(frozen=True)
class Profile:
    """A user and what was granted to them."""

    id: UUID
    email: str | None
    phone: str | None
    name: str
    roles: frozenset[str]
    language: str | None = None

    @property
    def reader(self) -> Reader:
        """As letters are written to them."""
        return Reader(self.email, self.language)


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

    name: SignInName
    user_id: UUID | None
    password_hash: str | None
    reader: Reader

    @property
    def account(self) -> str:
        """One text for whoever it is, by whatever name: attempts are counted by it."""
        return str(self.user_id) if self.user_id else self.name.key


async def credentials(connection: AsyncConnection, settings: Settings, username: str) -> Credentials:
    """Who has this address or phone number."""
    name = SignInName.read(username, settings.country)
    user = await people.user_by_name(connection, name)
    if user is None:
        return Credentials(name, None, None, Reader(None, None))
    return Credentials(name, user.id, user.password_hash, Reader(user.email, user.language))


async def credentials_of(connection: AsyncConnection, user_id: UUID) -> Credentials:
    """The credentials of somebody who is signed in. Raises NotFound for a user of another issuer."""
    user = await people.user(connection, user_id)
    if user is None:
        raise _unknown()
    return Credentials(SignInName(user.email or "", ""), user.id, user.password_hash, Reader(user.email, user.language))


async def set_password(
    work: Work, passwords: Passwords, settings: Settings, user_id: UUID, password: str, *, field: str
) -> Profile:
    """Gives the user another password. Raises Invalid."""
    known = await profile(work.connection, user_id)
    rules.check_password(password, known.email or "", field, words=[settings.name, settings.network, known.name])
    await people.change_user(work.connection, user_id, password_hash=await passwords.make(password))
    return known


async def set_email(work: Work, user_id: UUID, email: str) -> None:
    """Gives the user another address, which they have proved to read. Raises Conflict if it is somebody else's."""
    if not await people.change_user(work.connection, user_id, email=email, email_confirmed_at=work.now):
        raise _taken("/email")


async def confirm_email(work: Work, user_id: UUID) -> None:
    """The user reads what is sent to their address."""
    await people.change_user(work.connection, user_id, email_confirmed_at=work.now)


async def set_phone(work: Work, user_id: UUID, phone: str | None) -> None:
    """Gives the user another phone number (E.164), or none. Raises Conflict if it is somebody else's."""
    if not await people.change_user(work.connection, user_id, phone=phone):
        raise Conflict("phone_taken", "This phone number can't be used; take another one", field="/phone")


async def create_user(
    work: Work,
    passwords: Passwords,
    *,
    user_id: UUID,
    email: str,
    password: str,
    name: str,
    phone: str | None = None,
    words: Sequence[str] = (),
) -> None:
    """Adds someone who can sign in. Raises Invalid for the address or the password, Conflict if it is taken.

    For administrators and for those who were invited: nobody else is told that an address is taken.
    """
    address = rules.email_address(email)
    rules.check_password(password, address, words=words)
    hashed = await passwords.make(password)
    added = await people.add_user(
        work.connection,
        user_id=user_id,
        email=address,
        phone=phone,
        name=name,
        password_hash=hashed,
        language=None,
        now=work.now,
    )
    if not added:
        raise _taken("/email")


@dataclass(frozen=True)
class NewUser:
    """Somebody who is to sign in with this address."""

    email: str
    name: str
    language: str | None


async def ensure_users(work: Work, wanted: Sequence[NewUser]) -> dict[str, UUID]:
    """The users with these addresses, by ``rules.email_key``; those that are missing are made without a password, and
    sign in by a code or a new password that is sent to them."""
    missing = {rules.email_key(one.email): one for one in wanted}
    return await people.ensure_users(
        work.connection,
        [
            {"id": new_id(), "email": key, "name": one.name, "language": one.language, "made_at": work.now}
            for key, one in missing.items()
        ],
        list(missing),
    )


async def create_user_with_roles(
    work: Work, passwords: Passwords, *, email: str, password: str, name: str, roles: Sequence[str], by: UUID | None
) -> Profile:
    """Adds someone with roles of the network. Raises as ``create_user`` and ``set_roles`` do."""
    changes = rules.role_changes(frozenset(), roles, work.now)
    user_id = new_id()
    await create_user(work, passwords, user_id=user_id, email=email, password=password, name=name)
    await people.add_grants(work.connection, user_id, changes, by=by, reason="")
    return await profile(work.connection, user_id)


async def set_roles(work: Work, user_id: UUID, roles: Sequence[str], *, by: UUID, reason: str) -> Profile:
    """Grants and withdraws until the user has exactly these roles; what changed stays on record.

    Raises NotFound, Invalid for a role nobody grants, Conflict if nobody would be left to grant any.
    """
    await people.lock_admins(work.connection)
    known = await profile(work.connection, user_id)
    changes = rules.role_changes(known.roles, roles, work.now)
    rules.check_admin_remains(changes, await people.admins_besides(work.connection, user_id))
    await people.add_grants(work.connection, user_id, changes, by=by, reason=reason)
    return await profile(work.connection, user_id)


async def profile(connection: AsyncConnection, user_id: UUID) -> Profile:
    """Raises NotFound."""
    user = await people.user(connection, user_id)
    if user is None:
        raise _unknown()
    roles = await roles_granted(connection, user_id)
    return Profile(user.id, user.email, user.phone, user.name, roles, user.language)


async def profiles(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Profile]:
    """These users without their roles; those that are unknown are left out."""
    rows = await people.users(connection, ids)
    return {row.id: Profile(row.id, row.email, row.phone, row.name, frozenset(), row.language) for row in rows}


async def page(
    connection: AsyncConnection, *, role: str | None, words: str | None, after: UUID | None, limit: int
) -> list[Profile]:
    """Users in the order in which they were added, one more than ``limit`` if there are more. Raises Invalid."""
    if role is not None and role not in rules.GRANTABLE:
        known = ", ".join(rules.GRANTABLE)
        raise Invalid("role_unknown", "Not a role to grant; there are {known}", known=known)
    rows = await people.users_page(connection, role=role, words=words, after=after, limit=limit)
    return [Profile(row.id, row.email, row.phone, row.name, frozenset(row.roles), row.language) for row in rows]


async def roles_granted(connection: AsyncConnection, user_id: UUID) -> frozenset[str]:
    """The roles that somebody granted to the user; those that follow from membership are not among them."""
    rows = await people.grants(connection, user_id)
    return rules.current_roles(rules.RoleGrant(row.role, row.granted, row.at) for row in rows)


async def trace_of_roles(connection: AsyncConnection, user_id: UUID) -> list[GrantTrace]:
    """Everything that was granted and withdrawn, oldest first. Raises NotFound."""
    await profile(connection, user_id)
    rows = await people.grants(connection, user_id)
    return [GrantTrace(row.role, row.granted, row.at, row.by, row.reason) for row in rows]


async def ensure_admin(work: Work, passwords: Passwords, *, email: str, password: str) -> bool:
    """Makes the first administrator of a network that has none. True if one was made.

    Replicas that start together make one. Raises Invalid for an address or password that can't be used, Conflict if
    the address is a member's.
    """
    await people.lock_admins(work.connection)
    if await people.admins_besides(work.connection, None):
        return False
    await create_user_with_roles(
        work, passwords, email=email, password=password, name="Admin", roles=["admin"], by=None
    )
    return True


def _unknown() -> NotFound:
    return NotFound("user_unknown", "There is no such user")


def _taken(field: str) -> Conflict:
    return Conflict("email_taken", "This e-mail address can't be used: sign in, or take another one", field=field)
