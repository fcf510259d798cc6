"""Use cases of belonging: apply, admit, and what comes after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberKind, MemberStatus
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from kit.settings import Settings
from members.identity import rules as identity_rules
from members.identity import service as identity
from members.identity.passwords import MAKING, Passwords
from members.membership import events, repository, rules, tax_ids
from members.membership.rules import FactKind, MemberRecord

#: Those who may see every member.
REGISTRARS = ("coordinator", "treasurer")


@dataclass(frozen=True)
class Application:
    """What somebody who wants to belong says of themselves."""

    id: UUID | None
    kind: MemberKind
    name: str
    email: str
    password: str
    phone: str | None
    tax_id: str | None
    language: str | None


@dataclass(frozen=True)
class FactTrace:
    """Something that happened to a membership."""

    kind: FactKind
    effective_at: datetime
    recorded_by: UUID | None
    reason: str


async def apply(work: Work, passwords: Passwords, settings: Settings, application: Application) -> MemberRecord:
    """Takes an application, with a user who will act for the member. The same id twice is the same application.

    Raises Invalid, naming the field; Conflict if the address is taken, or the id by another application.
    """
    member_id = application.id or new_id()
    name = rules.plain_name(application.name)
    values = {
        "id": member_id,
        "kind": application.kind,
        "name": name,
        "email": identity_rules.email_address(application.email),
        "phone": rules.phone_number(application.phone) if application.phone else None,
        "tax_id": tax_ids.tax_id(application.tax_id, settings.country) if application.tax_id else None,
        "language": application.language or settings.language,
        "applied_at": work.now,
        "version": 1,
    }
    identity_rules.check_password(application.password, application.email)
    if not await repository.add_member(work.connection, values):
        return await _same_application(work, passwords, application, member_id)
    user_id = new_id()
    await identity.create_user(
        work, passwords, user_id=user_id, email=application.email, password=application.password, name=name
    )
    await repository.add_acting(work.connection, user_id, member_id)
    await repository.add_fact(work.connection, member_id, "applied", at=work.now, by=None, reason="")
    return await record(work.connection, member_id, work.now)


async def _same_application(
    work: Work, passwords: Passwords, application: Application, member_id: UUID
) -> MemberRecord:
    """The application that has this id, to whoever sends it again knowing its password. Raises Conflict."""
    known = await identity.credentials(work.connection, application.email)
    right = await passwords.matches(known.password_hash, application.password, waiting=MAKING)
    if known.user_id is not None and right:
        for row in await repository.members_of_user(work.connection, known.user_id, work.now):
            if row.id == member_id and row.kind == application.kind:
                return _record(row)
    raise Conflict("id_taken", "There is another application with this id; take a new one", field="/id")


async def happen(
    work: Work, settings: Settings, member_id: UUID, fact: FactKind, *, by: UUID, reason: str
) -> MemberRecord:
    """Records what happens to a member's standing, and tells the others. Raises NotFound, Conflict."""
    await repository.lock_member(work.connection, member_id)
    before = await record(work.connection, member_id, work.now)
    rules.check_possible(fact, before.status)
    number = None
    if fact == "admitted":
        series = rules.number_series(settings.number_prefix, work.now, settings.zone)
        number = rules.number(series, await repository.next_in_series(work.connection, series))
    await repository.add_fact(work.connection, member_id, fact, at=work.now, by=by, reason=reason)
    version = await repository.bump_version(work.connection, member_id, number=number)
    after = await record(work.connection, member_id, work.now)
    stated = events.admitted(after) if fact == "admitted" else events.changed(after)
    work.stage(stated, subject=member_id, version=version)
    return after


async def record(connection: AsyncConnection, member_id: UUID, now: datetime) -> MemberRecord:
    """Raises NotFound."""
    row = await repository.member(connection, member_id, now)
    if row is None:
        raise _unknown()
    return _record(row)


def check_visible(actor: Actor, member_id: UUID, *roles: str) -> None:
    """Raises NotFound unless it is the actor's own member or one of the roles may see it: others learn nothing."""
    if not actor.acts_for(member_id) and not actor.has(*roles):
        raise _unknown()


async def visible(connection: AsyncConnection, actor: Actor, member_id: UUID, now: datetime) -> MemberRecord:
    """A member, to those who may see it. Raises NotFound."""
    check_visible(actor, member_id, *REGISTRARS)
    return await record(connection, member_id, now)


async def page(
    connection: AsyncConnection,
    actor: Actor,
    now: datetime,
    *,
    status: MemberStatus | None,
    kind: MemberKind | None,
    after: UUID | None,
    limit: int,
) -> list[MemberRecord]:
    """Members in the order of their application: all of them, or the actor's own. One more than ``limit`` if any."""
    rows = await repository.members_page(
        connection,
        now,
        only=None if actor.has(*REGISTRARS) else actor.member_ids,
        facts=None if status is None else rules.facts_meaning(status),
        kind=kind,
        after=after,
        limit=limit,
    )
    return [_record(row) for row in rows]


async def history(connection: AsyncConnection, member_id: UUID) -> list[FactTrace]:
    """What happened to the membership, oldest first."""
    rows = await repository.history(connection, member_id)
    return [FactTrace(row.kind, row.effective_at, row.recorded_by, row.reason) for row in rows]


async def belongings(connection: AsyncConnection, user_id: UUID, now: datetime) -> list[MemberRecord]:
    """The members for whom the user acts, whatever their standing."""
    return [_record(row) for row in await repository.members_of_user(connection, user_id, now)]


async def standings(
    connection: AsyncConnection, member_ids: Collection[UUID], now: datetime
) -> dict[UUID, MemberStatus]:
    """The standing of each of these members; those that are unknown are left out."""
    return {row.id: rules.status_after(row.fact) for row in await repository.members(connection, member_ids, now)}


def _unknown() -> NotFound:
    return NotFound("member_unknown", "There is no such member")


def _record(row: Row[tuple[object, ...]]) -> MemberRecord:
    values = row._asdict()
    return MemberRecord(status=rules.status_after(values.pop("fact")), **values)
