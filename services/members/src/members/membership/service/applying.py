"""Asking to belong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import MemberKind
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict
from kit.ids import new_id
from kit.settings import Settings
from members.identity import proving
from members.identity import rules as identity_rules
from members.identity.passwords import Passwords
from members.identity.phones import phone_number
from members.membership import events, rules
from members.membership.repository import people, standings
from members.membership.rules import MemberRecord, particulars
from members.membership.rules import forms as form_rules
from members.membership.service import forms
from members.membership.service.reading import check_visible, record, unknown
from members.membership.service.standing import happen


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
    country: str | None = None
    address: Mapping[str, Any] | None = None
    representative: Mapping[str, Any] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


async def apply(
    work: Work, passwords: Passwords, settings: Settings, application: Application, *, user_id: UUID | None = None
) -> MemberRecord:
    """Takes an application, with a user who will act for the member. The same id twice is the same application.

    If the address is somebody's already, they are asked by letter whether they will act for the member; nothing that
    is answered here tells. ``user_id`` is of who is signed in and applies for another member: no password is asked for,
    and the id can't be sent twice. Raises Invalid, naming the field; Conflict if another application has the id.
    """
    member_id = application.id or new_id()
    name = rules.plain_name(application.name)
    values: dict[str, Any] = {
        "id": member_id,
        "kind": application.kind,
        "name": name,
        "email": identity_rules.email_address(application.email),
        "phone": phone_number(application.phone, settings.country) if application.phone else None,
        "language": application.language or settings.language,
        "applied_at": work.now,
        "version": 1,
        **await _more(work, settings, application),
    }
    values["search_key"] = particulars.search_key(name, None, values["email"])
    if user_id is None:
        about = [settings.name, settings.network]
        identity_rules.check_password(application.password, application.email, words=about)
    if not await people.add_member(work.connection, values):
        return await _same_application(work, passwords, application, member_id)
    acting = user_id or await proving.enrol(
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
    await people.add_acting(work.connection, acting, member_id, since=work.now, by=user_id)
    today = work.now.astimezone(ZoneInfo(settings.zone)).date()
    await standings.add_fact(
        work.connection, member_id, "applied", at=work.now, on=today, recorded_at=work.now, by=user_id, reason=""
    )
    member = await record(work.connection, member_id, work.now)
    work.stage(events.applied(member), subject=member.id, version=member.version)
    return member


async def _more(work: Work, settings: Settings, application: Application) -> dict[str, Any]:
    """What the network asks of this kind, as it is kept. Raises Invalid, naming the field."""
    form, form_id = await forms.asked_now(work.connection, application.kind)
    given = {name: getattr(application, name) for name in form_rules.PARTICULARS}
    form_rules.check_application(form, given)
    country = particulars.country(application.country) if application.country else None
    where, who = application.address, application.representative
    return {
        "country": country,
        "tax_id": particulars.tax_id(application.tax_id, country, settings.country) if application.tax_id else None,
        "address": asdict(particulars.address(where)) if where else None,
        "representative": asdict(particulars.representative(who)) if who else None,
        "answers": form_rules.answers(form, application.answers),
        "form_id": form_id,
    }


async def withdraw(
    work: Work, passwords: Passwords, settings: Settings, *, actor: Actor | None, member_id: UUID, password: str | None
) -> MemberRecord:
    """Takes back an application: by whoever knows the password that was chosen with it, by a former member who applied
    again, or by a coordinator on the applicant's word. Raises NotFound to everybody else, Conflict if it was decided.
    """
    if actor is None or not (actor.acts_for(member_id) or actor.has("coordinator")):
        await _check_applicant(work, passwords, member_id, password or "")
    by = None if actor is None else actor.user_id
    return await happen(work, settings, member_id, "withdrawn", by=by, reason="")


async def _check_applicant(work: Work, passwords: Passwords, member_id: UUID, password: str) -> None:
    member = await record(work.connection, member_id, work.now)
    if not await proving.is_applicant(work.connection, passwords, member_id, member.email, password):
        raise unknown()


async def apply_again(work: Work, settings: Settings, actor: Actor, member_id: UUID, *, reason: str) -> MemberRecord:
    """A former member asks to belong again; it keeps its id and number. Raises NotFound, Conflict."""
    check_visible(actor, member_id, "coordinator")
    return await happen(work, settings, member_id, "applied", by=actor.user_id, reason=reason)


async def _same_application(
    work: Work, passwords: Passwords, application: Application, member_id: UUID
) -> MemberRecord:
    """The application that has this id, to whoever sends it again knowing its password, until it is decided: nobody can
    guess at the passwords of members so. Raises Conflict."""
    email, password = application.email, application.password
    right = await proving.is_applicant(work.connection, passwords, member_id, email, password)
    member = await record(work.connection, member_id, work.now)
    if right and member.kind == application.kind and member.status == "applied":
        return member
    raise Conflict("id_taken", "There is another application with this id; take a new one", field="/id")
