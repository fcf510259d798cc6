"""Members, to those who may see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from kit.actor import Actor
from kit.database import Work
from kit.errors import Invalid, NotFound
from members.membership.repository import entering, people
from members.membership.repository import standings as facts
from members.membership.rules import Address, FactKind, MemberRecord, Representative, Sought
from members.membership.rules.forms import Answer

#: Those who may see every member.
REGISTRARS = ("coordinator", "treasurer")
#: Members that one file takes away.
LARGEST_EXPORT = 20_000


@dataclass(frozen=True)
class FactTrace:
    """Something that happened to a membership."""

    id: int
    kind: FactKind
    effective_at: datetime
    effective_on: date
    recorded_at: datetime
    recorded_by: UUID | None
    reason: str
    #: The fact that this one takes the place of, and the one that takes the place of this.
    corrects: int | None
    corrected_by: int | None


async def record(connection: AsyncConnection, member_id: UUID, now: datetime) -> MemberRecord:
    """Raises NotFound."""
    row = await people.member(connection, member_id, now)
    if row is None:
        raise unknown()
    return as_record(row)


async def records(connection: AsyncConnection, ids: Collection[UUID], now: datetime) -> dict[UUID, MemberRecord]:
    """Those of these members that there are."""
    return {row.id: as_record(row) for row in await people.members(connection, ids, now)}


def check_visible(actor: Actor, member_id: UUID, *roles: str) -> None:
    """Raises NotFound unless it is the actor's own member or one of the roles may see it: others learn nothing."""
    if not actor.acts_for(member_id) and not actor.has(*roles):
        raise unknown()


async def visible(connection: AsyncConnection, actor: Actor, member_id: UUID, now: datetime) -> MemberRecord:
    """A member, to those who may see it. Raises NotFound."""
    check_visible(actor, member_id, *REGISTRARS)
    return await record(connection, member_id, now)


async def page(
    connection: AsyncConnection,
    actor: Actor,
    now: datetime,
    sought: Sought,
    *,
    after: UUID | None,
    limit: int,
) -> list[MemberRecord]:
    """Those of the members sought that the actor may see, in the order of their application: all, or their own. One
    more than ``limit`` if any."""
    only = None if actor.has(*REGISTRARS) else actor.member_ids
    rows = await people.members_page(connection, now, sought, only=only, after=after, limit=limit)
    return [as_record(row) for row in rows]


@dataclass(frozen=True)
class Details:
    """What is known of a member besides its record."""

    #: For coordinators' eyes only.
    notes: str
    answers: Mapping[str, Answer]
    #: The version of the form that was answered; 0 where the network had none of its own.
    form_version: int


#: Every standing there is.
STATUSES: tuple[MemberStatus, ...] = get_args(MemberStatus)


async def numbers_given(connection: AsyncConnection) -> dict[str, UUID]:
    """Every member's number that was ever given, and to whom."""
    return await entering.numbers_given(connection)


async def all_notes(connection: AsyncConnection) -> dict[UUID, str]:
    """What coordinators noted of members, of those of whom they did."""
    return await entering.all_notes(connection)


async def details(connection: AsyncConnection, member_id: UUID) -> Details:
    """Raises NotFound."""
    row = await people.details(connection, member_id)
    if row is None:
        raise unknown()
    return Details(row.notes, row.answers, row.form_version or 0)


async def everybody(
    connection: AsyncConnection, now: datetime, statuses: Collection[MemberStatus]
) -> list[MemberRecord]:
    """All members of these standings at ``now``, in the order of their application: one statement."""
    return [as_record(row) for row in await people.everybody(connection, now, statuses)]


def check_exportable(found: Sequence[MemberRecord]) -> None:
    """Raises Invalid for more members than go into one file."""
    if len(found) > LARGEST_EXPORT:
        raise Invalid("too_many_members", "More than {most} members; ask for fewer", most=LARGEST_EXPORT)


async def history(connection: AsyncConnection, member_id: UUID) -> list[FactTrace]:
    """What happened to the membership, in the order in which it takes effect."""
    rows = await facts.facts(connection, [member_id])
    corrections = {row.corrects: row.id for row in rows if row.corrects is not None}
    return [
        FactTrace(
            id=row.id,
            kind=row.kind,
            effective_at=row.effective_at,
            effective_on=row.effective_on,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            reason=row.reason,
            corrects=row.corrects,
            corrected_by=corrections.get(row.id),
        )
        for row in rows
    ]


async def belongings(connection: AsyncConnection, user_id: UUID, now: datetime) -> list[MemberRecord]:
    """The members for whom the user acts, whatever their standing."""
    return [as_record(row) for row in await people.members_of_user(connection, user_id, now)]


async def standings(
    connection: AsyncConnection, member_ids: Collection[UUID], now: datetime
) -> dict[UUID, MemberStatus]:
    """The standing of each of these members; those that are unknown are left out."""
    return {row.id: row.status for row in await people.statuses(connection, member_ids, now)}


async def known(connection: AsyncConnection, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of them that are members, whatever their standing."""
    return await people.known(connection, member_ids)


async def next_in_series(work: Work, series: str, count: int = 1) -> int:
    """The next number of a series, such as this year's invoices, or the last of the next ``count``: without gaps, for
    they are given back with the transaction. Those who ask together wait for each other, so ask late."""
    return await people.next_in_series(work.connection, series, count)


def unknown() -> NotFound:
    return NotFound("member_unknown", "There is no such member")


def as_record(row: Row[*tuple[object, ...]]) -> MemberRecord:
    values = row._asdict()
    where, who = values.pop("address"), values.pop("representative")
    return MemberRecord(
        **values,
        address=None if where is None else Address(**where),
        representative=None if who is None else Representative(**who),
    )
