"""Members whom a list brings: they belonged before the network kept them here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import MemberKind
from kit.database import Work
from kit.ids import new_id
from kit.settings import Settings
from members.identity import service as identity
from members.identity.rules import email_key
from members.membership import rules
from members.membership.repository import entering
from members.membership.rules import Address, Representative, particulars
from members.membership.service.standing import tell


@dataclass(frozen=True)
class Entry:
    """A member as a list has it, with what a list says of its standing. Its fields are as they are kept."""

    kind: MemberKind
    name: str
    email: str
    language: str
    number: str | None = None
    phone: str | None = None
    tax_id: str | None = None
    country: str | None = None
    address: Address | None = None
    representative: Representative | None = None
    notes: str = ""
    #: Today when nobody knows.
    joined_on: date | None = None
    ending: Literal["active", "suspended", "left"] = "active"
    #: Today when nobody knows.
    ended_on: date | None = None


async def enter_all(work: Work, settings: Settings, entries: Sequence[Entry], *, by: UUID) -> None:
    """Enters these members as admitted, each with somebody who acts for it, with a fixed number of statements.

    Who has no number gets the next ones; the series go on after the highest. Numbers must be free.
    """
    if not entries:
        return
    members = {new_id(): entry for entry in entries}
    numbers = await _numbers(work, settings, list(members.values()))
    await entering.add_members(
        work.connection,
        [
            _row(member_id, entry, number, work.now)
            for (member_id, entry), number in zip(members.items(), numbers, strict=True)
        ],
    )
    await entering.add_facts(
        work.connection,
        [
            fact
            for member_id, entry in members.items()
            for fact in _facts(member_id, entry, work.now, settings.zone, by)
        ],
    )
    users = await identity.ensure_users(
        work, [identity.NewUser(entry.email, entry.name, entry.language) for entry in entries]
    )
    await entering.add_acting(
        work.connection,
        [(users[email_key(entry.email)], member_id) for member_id, entry in members.items()],
        since=work.now,
        by=by,
    )
    await tell(work, members, work.now)


async def _numbers(work: Work, settings: Settings, entries: Sequence[Entry]) -> list[str]:
    """The number of each, in their order."""
    highest: dict[str, int] = {}
    for entry in entries:
        place = rules.place_in_series(entry.number) if entry.number else None
        if place is not None:
            highest[place[0]] = max(place[1], highest.get(place[0], 0))
    await entering.count_from(work.connection, highest)
    missing = sum(entry.number is None for entry in entries)
    series = rules.number_series(settings.number_prefix, work.now, settings.zone)
    last = await entering.advance(work.connection, series, missing) if missing else 0
    following = iter(rules.number(series, count) for count in range(last - missing + 1, last + 1))
    return [entry.number or next(following) for entry in entries]


def _row(member_id: UUID, entry: Entry, number: str, now: datetime) -> dict[str, Any]:
    return {
        "id": member_id,
        "number": number,
        "kind": entry.kind,
        "name": entry.name,
        "email": entry.email,
        "phone": entry.phone,
        "tax_id": entry.tax_id,
        "country": entry.country,
        "language": entry.language,
        "address": asdict(entry.address) if entry.address else None,
        "representative": asdict(entry.representative) if entry.representative else None,
        "notes": entry.notes,
        "search_key": particulars.search_key(entry.name, number, entry.email),
        "applied_at": now,
        "version": 1,
    }


def _facts(member_id: UUID, entry: Entry, now: datetime, zone: str, by: UUID) -> list[dict[str, Any]]:
    """Applied and admitted on the day of joining, and what came after."""
    today = now.astimezone(ZoneInfo(zone)).date()
    joined = entry.joined_on or entry.ended_on or today
    happened: list[tuple[rules.FactKind, date]] = [("applied", joined), ("admitted", joined)]
    if entry.ending != "active":
        happened.append((entry.ending, entry.ended_on or today))
    return [
        {
            "member_id": member_id,
            "kind": kind,
            "effective_at": now if day == today else rules.day_begins(day, zone),
            "effective_on": day,
            "recorded_at": now,
            "recorded_by": by,
            "reason": "",
        }
        for kind, day in happened
    ]
