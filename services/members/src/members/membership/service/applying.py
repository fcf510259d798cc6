"""Asking to belong."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import MemberKind
from kit.database import Work
from kit.errors import Conflict
from kit.ids import new_id
from kit.settings import Settings
from members.identity import proving
from members.identity import rules as identity_rules
from members.identity.passwords import Passwords
from members.identity.phones import phone_number
from members.membership import events, rules, tax_ids
from members.membership.repository import people, standings
from members.membership.rules import MemberRecord
from members.membership.service.reading import record


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


async def apply(work: Work, passwords: Passwords, settings: Settings, application: Application) -> MemberRecord:
    """Takes an application, with a user who will act for the member. The same id twice is the same application.

    If the address is somebody's already, they are asked by letter whether they will act for the member; nothing that
    is answered here tells. Raises Invalid, naming the field; Conflict if another application has the id.
    """
    member_id = application.id or new_id()
    name = rules.plain_name(application.name)
    values: dict[str, Any] = {
        "id": member_id,
        "kind": application.kind,
        "name": name,
        "email": identity_rules.email_address(application.email),
        "phone": phone_number(application.phone, settings.country) if application.phone else None,
        "tax_id": tax_ids.tax_id(application.tax_id, settings.country) if application.tax_id else None,
        "language": application.language or settings.language,
        "applied_at": work.now,
        "version": 1,
    }
    about = [settings.name, settings.network]
    identity_rules.check_password(application.password, application.email, words=about)
    if not await people.add_member(work.connection, values):
        return await _same_application(work, passwords, application, member_id)
    user_id = await proving.enrol(
        work,
        passwords,
        settings,
        member_id=member_id,
        name=name,
        email=application.email,
        phone=values["phone"],
        password=application.password,
        language=application.language,
    )
    await people.add_acting(work.connection, user_id, member_id, since=work.now, by=None)
    today = work.now.astimezone(ZoneInfo(settings.zone)).date()
    await standings.add_fact(
        work.connection, member_id, "applied", at=work.now, on=today, recorded_at=work.now, by=None, reason=""
    )
    member = await record(work.connection, member_id, work.now)
    work.stage(events.applied(member), subject=member.id, version=member.version)
    return member


async def _same_application(
    work: Work, passwords: Passwords, application: Application, member_id: UUID
) -> MemberRecord:
    """The application that has this id, to whoever sends it again knowing its password. Raises Conflict."""
    email, password = application.email, application.password
    if await proving.is_applicant(work.connection, passwords, member_id, email, password):
        member = await record(work.connection, member_id, work.now)
        if member.kind == application.kind:
            return member
    raise Conflict("id_taken", "There is another application with this id; take a new one", field="/id")
