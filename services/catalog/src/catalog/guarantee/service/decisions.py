"""A committee decides."""

from dataclasses import replace
from uuid import UUID

from catalog.guarantee.repository import applications, certificates, nonconformities, plots, standards, visits
from catalog.guarantee.repository.applications import Application, Recorded
from catalog.guarantee.rules import decisions as rules
from catalog.guarantee.rules.certificates import Fact
from catalog.guarantee.rules.decisions import Case, Decision
from catalog.guarantee.rules.standards import Content
from catalog.guarantee.rules.visits import months_after
from catalog.guarantee.service import letters
from catalog.guarantee.service.access import disinterested, id_taken
from catalog.guarantee.service.applications import unknown
from catalog.guarantee.service.certificates import add_fact
from catalog.producers import repository as producers
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict
from kit.ids import new_id


async def decide(
    work: Work, settings: Settings, actor: Actor, application_id: UUID, decision: Decision, *, after: UUID | None
) -> None:
    """Records what the committee decided on an application, for good: a certificate is issued, goes on, or ends with it.

    ``after`` names the decision that it follows, so that of two at once one is told of the other. The same id twice is
    the same decision. Raises NotFound, Forbidden, Invalid for what can't be decided so, Conflict for what can't yet.
    """
    application = await applications.by_id(work.connection, application_id)
    if application is None:
        raise unknown()
    disinterested(actor, settings, application.member_id)
    people = [application.member_id, *decision.decided_by, *(one.member_id for one in decision.stood_aside)]
    standing = (await producers.by_ids(work, [application.member_id], lock=True)).get(application.member_id)
    await applications.lock(work, application_id)
    application = await applications.by_id(work.connection, application_id)
    if application is None:
        raise unknown()
    past = (await applications.decisions(work.connection, [application_id])).get(application_id, [])
    content = (await standards.by_ids(work.connection, [application.version_id]))[application.version_id].content
    decision = _completed(decision, content, application)
    if _recorded(past, decision):
        return
    if application.state == "withdrawn":
        raise Conflict("application_withdrawn", "This application was withdrawn")
    if decision.outcome != "refused" and (standing is None or not standing.may_publish):
        raise Conflict("member_not_active", "Only for producers whose membership is active")
    rules.check_turn(after, past[-1].decision.id if past else None)
    certificate_id = await certificates.of_standard(work, application.member_id, application.standard_id)
    held = [] if certificate_id is None else [certificate_id]
    facts = [fact for known in (await certificates.facts(work.connection, held)).values() for fact in known]
    case = await _case(work, application, content, facts)
    rules.check(decision, case, set(await producers.by_ids(work, people)), work.today)
    visit = case.visit
    visit_id = visit.id if visit is not None else None
    recorded = await applications.record(
        work, application_id, len(past) + 1, decision, visit_id=visit_id, by=actor.user_id
    )
    if not recorded:
        raise id_taken()
    await applications.settle(work, application_id)
    await _carry_out(work, settings, application, decision, certificate_id=certificate_id, by=actor.user_id)


def _completed(decision: Decision, content: Content, application: Application) -> Decision:
    """With what the standard says where the committee said nothing: how long it is valid, and what for."""
    until = decision.valid_until
    if until is None and decision.outcome != "refused":
        until = months_after(decision.decided_on, content.validity_months)
    return replace(decision, valid_until=until, products=rules.names(decision.products, application.products))


def _recorded(past: list[Recorded], decision: Decision) -> bool:
    """Whether it is there already. Raises Conflict for another one of this id."""
    again = next((one.decision for one in past if one.decision.id == decision.id), None)
    if again is None:
        return False
    same = replace(again, decided_by=tuple(sorted(again.decided_by)), stood_aside=())
    if same != replace(decision, decided_by=tuple(sorted(decision.decided_by)), stood_aside=()):
        raise id_taken()
    return True


async def _case(work: Work, application: Application, content: Content, facts: list[Fact]) -> Case:
    one = [application.id]
    found = await nonconformities.open_of_standard(work, application.member_id, application.standard_id)
    return Case(
        member_id=application.member_id,
        content=content,
        plots=tuple((await plots.of_applications(work.connection, one)).get(application.id, ())),
        visits=tuple((await visits.of_applications(work.connection, one)).get(application.id, ())),
        open={nonconformity.id: nonconformity.severity for nonconformity in found},
        signed_on=application.signed_at.astimezone(work.zone).date(),
        last_on=facts[-1].on if facts else None,
    )


async def _carry_out(
    work: Work,
    settings: Settings,
    application: Application,
    decision: Decision,
    *,
    certificate_id: UUID | None,
    by: UUID,
) -> None:
    if decision.outcome == "refused":
        letters.refused(work, application.member_id, application.standard, decision.reasons)
        if certificate_id is None:
            return
    if certificate_id is None:
        certificate_id = new_id()
        number = await certificates.next_number(work, decision.decided_on.year)
        await certificates.add(
            work,
            certificate_id,
            f"{settings.number_prefix}-PGS-{decision.decided_on.year}-{number:04d}",
            member_id=application.member_id,
            standard_id=application.standard_id,
            version_id=application.version_id,
            on=decision.decided_on,
        )
    fact = decision.fact(application.version_id)
    await add_fact(work, settings, certificate_id, fact, by=by, products=decision.products)
