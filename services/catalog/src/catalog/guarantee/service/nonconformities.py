"""What becomes of non-conformities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee.repository import applications, certificates, nonconformities, standards
from catalog.guarantee.repository.nonconformities import Told
from catalog.guarantee.rules import nonconformities as rules
from catalog.guarantee.rules.certificates import Fact, standing
from catalog.guarantee.rules.nonconformities import Finding, Nonconformity
from catalog.guarantee.rules.standards import Severity
from catalog.guarantee.service import letters
from catalog.guarantee.service.access import check_photos, concerned, disinterested, id_taken
from catalog.guarantee.service.certificates import add_fact
from catalog.photos import service as photos
from catalog.producers import repository as producers
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Forbidden, Invalid
from kit.ids import new_id


@dataclass(frozen=True)
class NewFinding:
    """What the committee found beside a visit, or heard of."""

    id: UUID | None
    application_id: UUID
    item: str | None
    severity: Severity
    finding: str
    action: str
    due_on: date


async def open_one(work: Work, settings: Settings, actor: Actor, new: NewFinding) -> UUID:
    """Opens a non-conformity. The same id twice is the same one. Raises Invalid, Forbidden, Conflict."""
    application = await applications.by_id(work.connection, new.application_id)
    if application is None:
        raise Invalid("application_not_found", "There is no such application", field="/application_id")
    disinterested(actor, settings, application.member_id)
    finding = Finding(new.item, new.severity, new.finding, new.action, new.due_on)
    again = None if new.id is None else await nonconformities.by_id(work.connection, new.id)
    if again is not None:
        if again.core.application_id != application.id or again.finding != new.finding:
            raise id_taken()
        return again.core.id
    rules.check_due(new.due_on, work.today)
    if new.item is not None:
        version = (await standards.by_ids(work.connection, [application.version_id]))[application.version_id]
        if new.item not in {item.code for item in version.content.checklist}:
            raise Invalid("unknown_item", "No such item on this version's checklist", field="/item")
    nonconformity_id = new.id or new_id()
    added = await nonconformities.add(
        work,
        application.id,
        application.member_id,
        [(nonconformity_id, finding)],
        visit_id=None,
        by=actor.user_id,
    )
    if not added:
        raise id_taken()
    letters.found(work, application.member_id, new.finding, new.action, new.due_on)
    return nonconformity_id


async def _locked(work: Work, settings: Settings, actor: Actor, nonconformity_id: UUID) -> Nonconformity:
    told = await nonconformities.by_id(work.connection, nonconformity_id)
    if told is None or not concerned(actor, settings, told.core.member_id):
        raise rules.unknown()
    # As everywhere: the member's standing first, then what is its.
    await producers.by_ids(work, [told.core.member_id], lock=True)
    found = await nonconformities.locked(work, nonconformity_id)
    if found is None:
        raise rules.unknown()
    return found


async def add_evidence(
    work: Work,
    settings: Settings,
    actor: Actor,
    nonconformity_id: UUID,
    *,
    entry_id: UUID | None,
    text: str,
    photo_ids: Sequence[UUID],
) -> None:
    """The producer says and shows what was mended. The same id twice is said once."""
    found = await _locked(work, settings, actor, nonconformity_id)
    if not actor.acts_for(found.member_id):
        raise Forbidden("not_yours", "Only the producer says what was mended")
    entry = entry_id or new_id()
    told = await nonconformities.by_id(work.connection, nonconformity_id)
    if told is not None and any(one.id == entry for one in told.entries):
        return
    rules.check_open(found)
    await check_photos(work, found.member_id, photo_ids, "/photo_ids")
    said = await nonconformities.say(
        work, entry, nonconformity_id, "evidence", text, photos=photo_ids, by=actor.user_id
    )
    if not said:
        raise id_taken()
    await photos.show(work, {entry: photo_ids})


async def extend(
    work: Work, settings: Settings, actor: Actor, nonconformity_id: UUID, *, due_on: date, reason: str
) -> None:
    """The committee gives more time; a suspension because of the deadline that was missed ends."""
    found = await _locked(work, settings, actor, nonconformity_id)
    disinterested(actor, settings, found.member_id)
    rules.check_open(found)
    rules.check_due(due_on, work.today, after=found.due_on)
    await nonconformities.extend(work, nonconformity_id, due_on)
    await nonconformities.say(work, new_id(), nonconformity_id, "extended", reason, due_on=due_on, by=actor.user_id)
    await _reinstate(work, settings, found, reason, actor.user_id)


async def close(work: Work, settings: Settings, actor: Actor, nonconformity_id: UUID, text: str) -> None:
    """The committee says that it is mended; a suspension because of it ends. The same once more changes nothing."""
    found = await _locked(work, settings, actor, nonconformity_id)
    disinterested(actor, settings, found.member_id)
    if found.closed:
        return
    await nonconformities.close(work, nonconformity_id, actor.user_id)
    await nonconformities.say(work, new_id(), nonconformity_id, "closed", text, by=actor.user_id)
    await _reinstate(work, settings, found, text, actor.user_id)


async def _reinstate(work: Work, settings: Settings, found: Nonconformity, reason: str, by: UUID) -> None:
    standard_id = await nonconformities.standard_of(work, found.application_id)
    certificate_id = await certificates.of_standard(work, found.member_id, standard_id)
    if certificate_id is None:
        return
    facts = (await certificates.facts(work.connection, [certificate_id])).get(certificate_id, [])
    now = standing(facts, work.today)
    if now is not None and ("nonconformity", found.id) in now.causes:
        fact = Fact("reinstated", work.today, cause="nonconformity", cause_id=found.id, reason=reason)
        await add_fact(work, settings, certificate_id, fact, by=by)


async def suspend(work: Work, settings: Settings, found: Nonconformity, standard_id: UUID) -> None:
    """The consequence of what was not mended: the certificate, if there is one, is suspended."""
    await nonconformities.suspended(work, found.id)
    certificate_id = await certificates.of_standard(work, found.member_id, standard_id)
    if certificate_id is None:
        return
    facts = (await certificates.facts(work.connection, [certificate_id])).get(certificate_id, [])
    now = standing(facts, work.today)
    if now is not None and ("nonconformity", found.id) not in now.causes:
        fact = Fact("suspended", work.today, cause="nonconformity", cause_id=found.id)
        await add_fact(work, settings, certificate_id, fact, by=None)


async def told(connection: AsyncConnection, settings: Settings, actor: Actor, nonconformity_id: UUID) -> Told:
    """A non-conformity, to its producer and the committee. Raises NotFound."""
    found = await nonconformities.by_id(connection, nonconformity_id)
    if found is None or not concerned(actor, settings, found.core.member_id):
        raise rules.unknown()
    return found
