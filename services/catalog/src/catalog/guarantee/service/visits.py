"""What happens around a visit: planned by the committee, made, reported and signed by peers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import applications, nonconformities, plots, standards, visits
from catalog.guarantee.repository.applications import Application
from catalog.guarantee.rules import nonconformities as nonconformity_rules
from catalog.guarantee.rules import visits as rules
from catalog.guarantee.rules.plots import Plot
from catalog.guarantee.rules.standards import Version
from catalog.guarantee.rules.visits import Report, Visit
from catalog.guarantee.service import letters
from catalog.guarantee.service.access import check_photos, concerned, disinterested, id_taken
from catalog.photos import service as photos
from catalog.producers import repository as producers
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, Invalid
from kit.ids import new_id


@dataclass(frozen=True)
class Plan:
    id: UUID | None
    application_id: UUID
    planned_on: date
    peer_ids: Sequence[UUID]


@dataclass(frozen=True)
class Outing:
    """A visit with what its peers need to make it."""

    visit: Visit
    application: Application
    version: Version
    plots: tuple[Plot, ...]


async def plan(work: Work, settings: Settings, actor: Actor, wanted: Plan) -> UUID:
    """A visit to who applied, by at least three peers. The same id twice is the same visit.

    Raises Invalid for who can't be a peer, Conflict for mutual reviews and for an application that takes no visits.
    """
    application = await applications.by_id(work.connection, wanted.application_id)
    if application is None:
        raise Invalid("application_not_found", "There is no such application", field="/application_id")
    disinterested(actor, settings, application.member_id)
    visited, peer_ids = application.member_id, wanted.peer_ids
    again = None if wanted.id is None else await visits.by_id(work.connection, wanted.id)
    if again is not None:
        named = {peer.member_id for peer in again.peers}
        if (again.application_id, again.planned_on, named) != (application.id, wanted.planned_on, set(peer_ids)):
            raise id_taken()
        return again.id
    rules.check_planned(wanted.planned_on, work.today)
    known = await producers.by_ids(work, [visited, *peer_ids])
    rules.check_peers(visited, peer_ids, known)
    await visits.lock_members(work, [visited, *peer_ids])
    await applications.lock(work, application.id)
    current = await applications.by_id(work.connection, application.id)
    if current is None or current.state == "withdrawn":
        raise Conflict("application_withdrawn", "This application was withdrawn", field="/application_id")
    months = settings.mutual_review_months
    met = await visits.met(work, visited, peer_ids, wanted.planned_on, months)
    rules.check_mutual(peer_ids, met, months)
    visit_id = wanted.id or new_id()
    added = await visits.add(
        work,
        visit_id,
        application.id,
        visited,
        planned_on=wanted.planned_on,
        peer_ids=peer_ids,
        months=months,
        by=actor.user_id,
    )
    if not added:
        raise id_taken()
    visit = await _found(work.connection, visit_id)
    names = {member_id: one.name for member_id, one in known.items()}
    letters.visit_planned(work, visit, names.get(visited, "—"), [names[peer_id] for peer_id in peer_ids])
    return visit_id


async def _found(connection: AsyncConnection, visit_id: UUID) -> Visit:
    visit = await visits.by_id(connection, visit_id)
    if visit is None:
        raise rules.unknown()
    return visit


async def _locked(work: Work, settings: Settings, actor: Actor, visit_id: UUID) -> Visit:
    """The visit, locked, for whom it concerns. Raises NotFound for others."""
    await visits.lock(work, visit_id)
    visit = await _found(work.connection, visit_id)
    if not may_see(actor, settings, visit):
        raise rules.unknown()
    return visit


def may_see(actor: Actor, settings: Settings, visit: Visit) -> bool:
    """The visited, the committee, and the peers."""
    return concerned(actor, settings, visit.member_id) or any(actor.acts_for(one.member_id) for one in visit.peers)


async def cancel(work: Work, settings: Settings, actor: Actor, visit_id: UUID, reason: str) -> None:
    """Calls a visit off that has not been reported. The same once more changes nothing."""
    visit = await _locked(work, settings, actor, visit_id)
    disinterested(actor, settings, visit.member_id)
    rules.check_cancelling(visit)
    if not visit.cancelled:
        await visits.cancel(work, visit_id, reason)
        letters.visit_cancelled(work, visit, reason)


def _peer(actor: Actor, visit: Visit, member_id: UUID | None) -> UUID:
    """The peer that the actor acts for. Raises Forbidden for who is none, Invalid if it has to be said."""
    mine = [peer.member_id for peer in visit.peers if actor.acts_for(peer.member_id)]
    if member_id is not None:
        mine = [member_id] if member_id in mine else []
    if not mine:
        raise Forbidden("no_peer_of_visit", "Only the visit's peers report on it and sign")
    if len(mine) > 1:
        raise Invalid("member_not_said", "Say for which member", field="/member_id")
    return mine[0]


async def report(
    work: Work, settings: Settings, actor: Actor, visit_id: UUID, said: Report, *, member_id: UUID | None
) -> None:
    """A peer reports what the visit found, and signs it. The same report again, from a phone that was offline, is the
    same; for another one it is too late.

    Raises Forbidden for who is no peer, Invalid for answers that don't fit the checklist, Conflict.
    """
    visit = await _locked(work, settings, actor, visit_id)
    peer_id = _peer(actor, visit, member_id)
    if not rules.check_reporting(visit, said):
        return
    if await visits.report_known(work, said.id):
        raise id_taken()
    application = await applications.by_id(work.connection, visit.application_id)
    if application is None:
        raise rules.unknown()
    version = (await standards.by_ids(work.connection, [application.version_id]))[application.version_id]
    rules.check_report(said, version.content.checklist, visit.planned_on, work.today)
    for code, answered in said.answers.items():
        await check_photos(work, peer_id, answered.photos, f"/answers/{code}/photos")
    peer_ids = [peer.member_id for peer in visit.peers]
    months = settings.mutual_review_months
    await visits.lock_members(work, [visit.member_id, *peer_ids])
    met = await visits.met(work, visit.member_id, peer_ids, said.happened_on, months, except_visit=visit.id)
    if met:
        raise Conflict(
            "mutual_review",
            "The member to be visited is a peer of this one within {months} months: no mutual reviews",
            field="/happened_on",
            months=months,
        )
    await visits.report(work, visit_id, said, months, actor.user_id)
    shown = {photo for answered in said.answers.values() for photo in answered.photos}
    await photos.show(work, {visit_id: shown})
    await _sign(work, visit_id, peer_id, "", actor)


async def sign(
    work: Work, settings: Settings, actor: Actor, visit_id: UUID, *, member_id: UUID | None, remark: str
) -> None:
    """A peer signs the report, with what it saw otherwise. With the third signature the visit is complete, and what
    failed is a non-conformity. The same once more changes nothing."""
    visit = await _locked(work, settings, actor, visit_id)
    peer_id = _peer(actor, visit, member_id)
    if rules.check_signing(visit, peer_id):
        await _sign(work, visit_id, peer_id, remark, actor)


async def _sign(work: Work, visit_id: UUID, peer_id: UUID, remark: str, actor: Actor) -> None:
    await visits.sign(work, visit_id, peer_id, remark, actor.user_id)
    visit = await _found(work.connection, visit_id)
    if visit.completed or visit.report is None or visit.signatures < rules.FEWEST_PEERS:
        return
    await visits.complete(work, visit_id)
    application = await applications.by_id(work.connection, visit.application_id)
    if application is None:
        raise rules.unknown()
    content = (await standards.by_ids(work.connection, [application.version_id]))[application.version_id].content
    found = nonconformity_rules.findings(visit.report, content.checklist, content.correction_days, work.today)
    opened = [(new_id(), one) for one in found]
    await nonconformities.add(work, application.id, visit.member_id, opened, visit_id=visit_id, by=None)
    for one in found:
        letters.found(work, visit.member_id, one.finding, one.action, one.due_on)


async def outing(connection: AsyncConnection, settings: Settings, actor: Actor, visit_id: UUID) -> Outing:
    """A visit with its checklist and where it goes, to whom it concerns. Raises NotFound."""
    visit = await _found(connection, visit_id)
    if not may_see(actor, settings, visit):
        raise rules.unknown()
    application = await applications.by_id(connection, visit.application_id)
    if application is None:
        raise rules.unknown()
    version = (await standards.by_ids(connection, [application.version_id]))[application.version_id]
    named = await plots.of_applications(connection, [application.id])
    return Outing(visit, application, version, tuple(named.get(application.id, ())))
