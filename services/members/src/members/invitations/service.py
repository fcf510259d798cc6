"""Use cases of invitations: make, show, withdraw, follow."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound, Unauthenticated
from kit.ids import new_id
from members.identity import proving
from members.identity import rules as identity_rules
from members.identity import service as identity
from members.identity.passwords import Passwords
from members.invitations import repository, rules
from members.invitations.rules import Plan, Purpose, State
from members.membership import service as membership
from members.membership.service import Application
from members.settings import Settings


@dataclass(frozen=True)
class Invitation:
    """An invitation, to those who may print it."""

    id: UUID
    purpose: Purpose
    member_id: UUID | None
    kind: MemberKind | None
    admitted: bool
    role: str | None
    note: str
    #: None if the secret behind it was changed: what was printed is good, but can't be printed again.
    code: str | None
    max_uses: int
    uses: int
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    state: State


@dataclass(frozen=True)
class Offer:
    """An invitation, to whoever has its code."""

    purpose: Purpose
    member_name: str | None
    kind: MemberKind | None
    admitted: bool
    role: str | None
    note: str
    expires_at: datetime


@dataclass(frozen=True)
class NewUser:
    """Somebody who was not a user so far."""

    name: str
    email: str
    password: str


@dataclass(frozen=True)
class Accepted:
    """What came of it. Without a user, an address has to be confirmed first, or an application was made."""

    purpose: Purpose
    member_id: UUID | None
    user_id: UUID | None
    role: str | None


async def invite(
    work: Work, settings: Settings, actor: Actor, plan: Plan, *, invitation_id: UUID | None, note: str
) -> Invitation:
    """Makes an invitation; the same id twice is the same one. Raises as ``rules.check``; Conflict for another's id."""
    rules.check(plan, actor, work.now)
    if plan.role is not None and plan.role not in identity_rules.GRANTABLE:
        known = ", ".join(identity_rules.GRANTABLE)
        raise Invalid("role_unknown", "Not a role to grant; there are {known}", field="/role", known=known)
    if plan.admitted and settings.admission == "vote":
        raise Conflict("admission_by_vote", "In this network members are admitted by a vote", field="/admitted")
    if plan.member_id is not None:
        await membership.record(work.connection, plan.member_id, work.now)
    salt = secrets.token_bytes(32)
    known_id = invitation_id or new_id()
    values = {
        "id": known_id,
        "purpose": plan.purpose,
        "member_id": plan.member_id,
        "kind": plan.kind,
        "admitted": plan.admitted,
        "role": plan.role,
        "note": " ".join(note.split()),
        "salt": salt,
        "code_hash": rules.code_hash(rules.code_of(salt, settings.secret_for("invitations"))),
        "max_uses": plan.max_uses,
        "made_by": actor.user_id,
        "made_at": work.now,
        "expires_at": plan.expires_at,
    }
    added = await repository.add(work.connection, values)
    row = await repository.invitation(work.connection, known_id)
    if row is None or (not added and (row.made_by, row.purpose) != (actor.user_id, plan.purpose)):
        raise Conflict("id_taken", "There is another invitation with this id; take a new one", field="/id")
    return _shown(settings, row, work.now)


async def get(
    connection: AsyncConnection, settings: Settings, actor: Actor, invitation_id: UUID, now: datetime
) -> Invitation:
    """An invitation, to who made it and who might have. Raises NotFound."""
    return _shown(settings, await _own(connection, actor, invitation_id), now)


async def page(
    connection: AsyncConnection, settings: Settings, actor: Actor, now: datetime, *, after: UUID | None, limit: int
) -> list[Invitation]:
    """Those that the actor may see, in the order in which they were made; one more than ``limit`` if there are more."""
    rows = await repository.page(
        connection,
        made_by=actor.user_id,
        member_ids=actor.member_ids,
        purposes=_offices(actor),
        after=after,
        limit=limit,
    )
    return [_shown(settings, row, now) for row in rows]


def printable(found: Invitation) -> str:
    """Its code. Raises Conflict if it can't be printed again."""
    if found.code is None:
        raise Conflict("code_lost", "The secret behind this invitation was changed; make another one")
    return found.code


async def withdraw(work: Work, settings: Settings, actor: Actor, invitation_id: UUID) -> Invitation:
    """Nobody can follow it from now on; what came of it stays. Raises NotFound."""
    await _own(work.connection, actor, invitation_id)
    await repository.withdraw(work.connection, invitation_id, now=work.now, by=actor.user_id)
    return await get(work.connection, settings, actor, invitation_id, work.now)


async def offer(connection: AsyncConnection, code: str, now: datetime) -> Offer:
    """What the code is good for. Raises NotFound, Conflict that says why it is good no more."""
    row = await repository.by_code(connection, rules.code_hash(code))
    row = await _open(connection, row, now)
    name = None
    if row.member_id is not None:
        name = (await membership.record(connection, row.member_id, now)).name
    return Offer(row.purpose, name, row.kind, row.admitted, row.role, row.note, row.expires_at)


async def accept(
    work: Work,
    passwords: Passwords,
    settings: Settings,
    code: str,
    *,
    actor: Actor | None,
    user: NewUser | None,
    application: Application | None,
) -> Accepted:
    """Follows an invitation. Followed again by the same user it is the same. Raises NotFound, Conflict, Invalid,
    Unauthenticated if it takes somebody who is signed in."""
    row = await repository.lock_by_code(work.connection, rules.code_hash(code))
    if row is not None and actor is not None and await repository.is_used_by(work.connection, row.id, actor.user_id):
        return Accepted(row.purpose, row.member_id, actor.user_id, row.role)
    row = await _open(work.connection, row, work.now)
    if row.purpose == "membership":
        done, used_by = await _apply(work, passwords, settings, row, actor=actor, application=application)
        if await repository.is_used_by(work.connection, row.id, used_by):
            return done
    elif row.purpose == "acting":
        done, used_by = await _act(work, passwords, settings, row, actor=actor, user=user)
    else:
        if actor is None:
            raise Unauthenticated("sign_in_first", "Sign in first, and follow the invitation then")
        held = (await identity.profile(work.connection, actor.user_id)).roles
        reason = f"invitation {row.id}"
        await identity.set_roles(work, actor.user_id, sorted(held | {row.role}), by=row.made_by, reason=reason)
        done, used_by = Accepted("role", None, actor.user_id, row.role), actor.user_id
    await repository.use(work.connection, row.id, used_by, work.now)
    return done


async def _apply(
    work: Work,
    passwords: Passwords,
    settings: Settings,
    row: Row[*tuple[Any, ...]],
    *,
    actor: Actor | None,
    application: Application | None,
) -> tuple[Accepted, UUID]:
    """What came of it, and who used it: the member, for a user may apply for several."""
    if application is None:
        raise Invalid("application_missing", "This invitation takes an application", field="/application")
    if row.kind is not None and application.kind != row.kind:
        raise Invalid("kind_given", "This invitation is for {kind}", field="/application/kind", kind=row.kind)
    if actor is None and not application.password:
        raise Invalid("password_missing", "Choose a password, or sign in first", field="/application/password")
    user_id = actor.user_id if actor is not None else None
    member = await membership.apply(work, passwords, settings, application, user_id=user_id)
    if row.admitted and member.status == "applied":
        reason = f"invitation {row.id}"
        member = await membership.happen(work, settings, member.id, "admitted", by=row.made_by, reason=reason)
    return Accepted("membership", member.id, None, None), member.id


async def _act(
    work: Work,
    passwords: Passwords,
    settings: Settings,
    row: Row[*tuple[Any, ...]],
    *,
    actor: Actor | None,
    user: NewUser | None,
) -> tuple[Accepted, UUID]:
    """What came of it, and who used it. Whether a stranger's address was new is not answered: its owner is told."""
    if actor is not None:
        await membership.act_for(work, actor.user_id, row.member_id, by=row.made_by)
        return Accepted("acting", row.member_id, actor.user_id, None), actor.user_id
    if user is None:
        raise Unauthenticated("sign_in_first", "Sign in first, and follow the invitation then")
    made = await proving.enrol(
        work,
        passwords,
        settings,
        member_id=row.member_id,
        name=" ".join(user.name.split()),
        email=user.email,
        phone=None,
        password=user.password,
        language=None,
        remember=False,
    )
    if made is not None:
        await membership.act_for(work, made, row.member_id, by=row.made_by)
    return Accepted("acting", row.member_id, None, None), made or new_id()


async def _own(connection: AsyncConnection, actor: Actor, invitation_id: UUID) -> Row[*tuple[Any, ...]]:
    row = await repository.invitation(connection, invitation_id)
    if row is None or not (
        row.made_by == actor.user_id or row.purpose in _offices(actor) or row.member_id in actor.member_ids
    ):
        raise _unknown()
    return row


async def _open(connection: AsyncConnection, row: Row[*tuple[Any, ...]] | None, now: datetime) -> Row[*tuple[Any, ...]]:
    if row is None:
        raise _unknown()
    rules.check_open(_state(row, now))
    if row.member_id is not None and await membership.has_stopped(connection, row.made_by, row.member_id):
        # Who acts for a member no more brings nobody in either.
        rules.check_open("withdrawn")
    return row


def _offices(actor: Actor) -> list[str]:
    """Purposes that the actor looks after by office."""
    return [
        *(["acting", "membership"] if actor.has("coordinator") else []),
        *(["role"] if actor.has("admin") else []),
    ]


def _state(row: Row[*tuple[Any, ...]], now: datetime) -> State:
    return rules.state(
        uses=row.uses,
        max_uses=row.max_uses,
        expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at,
        now=now,
    )


def _shown(settings: Settings, row: Row[*tuple[Any, ...]], now: datetime) -> Invitation:
    code = rules.code_of(row.salt, settings.secret_for("invitations"))
    return Invitation(
        id=row.id,
        purpose=row.purpose,
        member_id=row.member_id,
        kind=row.kind,
        admitted=row.admitted,
        role=row.role,
        note=row.note,
        code=code if rules.code_hash(code) == row.code_hash else None,
        max_uses=row.max_uses,
        uses=row.uses,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        state=_state(row, now),
    )


def _unknown() -> NotFound:
    return NotFound("invitation_unknown", "There is no such invitation")
