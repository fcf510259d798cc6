"""What happens to certificates. Each happening is a dated fact; what is told and shown follows from them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.guarantee import events
from catalog.guarantee.repository import certificates
from catalog.guarantee.rules.certificates import Cause, Certificate, Fact, Standing, standing
from catalog.guarantee.service import letters, practices
from catalog.guarantee.service.access import committee, disinterested
from catalog.producers import repository as producers
from catalog.settings import Settings
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Forbidden, NotFound

#: Certificates that one run of the clock looks at.
RUN = 500


def unknown() -> NotFound:
    return NotFound("certificate_not_found", "There is no such certificate")


async def add_fact(
    work: Work,
    settings: Settings,
    certificate_id: UUID,
    fact: Fact,
    *,
    by: UUID | None,
    products: Sequence[str] | None = None,
) -> None:
    """Notes a fact of a certificate that is locked, tells what follows, and shows no more than that allows."""
    known = (await certificates.facts(work.connection, [certificate_id])).get(certificate_id, [])
    await certificates.add_fact(work, certificate_id, len(known) + 1, fact, by)
    await _tell(work, settings, certificate_id, [*known, fact], products)


async def _tell(
    work: Work, settings: Settings, certificate_id: UUID, facts: Sequence[Fact], products: Sequence[str] | None = None
) -> None:
    """States what the certificate is today, if that or its holder's name is not what was told last."""
    before = (await certificates.by_ids(work.connection, [certificate_id]))[certificate_id]
    now = standing(facts, work.today)
    if now is None:
        return
    name = before.member_name or ""
    told = (before.status, before.stage, before.valid_until, before.told_name)
    same = before.version > 0 and told == (now.status, now.stage, now.until, name)
    if same and (products is None or tuple(products) == before.products):
        return
    await certificates.tell(work, certificate_id, now, name, products)
    after = (await certificates.by_ids(work.connection, [certificate_id]))[certificate_id]
    work.stage(events.changed(after, settings), subject=after.id, version=after.version)
    if told[:3] != (now.status, now.stage, now.until) or before.version == 0:
        letters.standing_changed(work, after, now, facts[-1])
        await practices.follow(work, [after.member_id])


async def _locked(work: Work, code: str) -> tuple[Certificate, list[Fact], Standing]:
    """The certificate with its facts, after its holder's standing and it are locked, in the order in which the
    holder's own news take them."""
    found = await certificates.by_code(work.connection, code)
    if found is None:
        raise unknown()
    await producers.by_ids(work, [found.member_id], lock=True)
    await certificates.lock(work, found.id)
    facts = (await certificates.facts(work.connection, [found.id])).get(found.id, [])
    now = standing(facts, work.today)
    if now is None:
        raise unknown()
    return found, facts, now


async def suspend(work: Work, settings: Settings, actor: Actor, code: str, reason: str) -> None:
    """The committee suspends a valid certificate; what it stood for is shown no more, at once."""
    found, _, now = await _locked(work, code)
    disinterested(actor, settings, found.member_id)
    if ("committee", None) in now.causes:
        return
    if now.status in {"ended", "refused", "lapsed"}:
        raise not_valid(now)
    await add_fact(work, settings, found.id, Fact("suspended", work.today, reason=reason), by=actor.user_id)


async def reinstate(work: Work, settings: Settings, actor: Actor, code: str, reason: str) -> None:
    """Ends the committee's own suspension; others last until their causes end."""
    found, _, now = await _locked(work, code)
    disinterested(actor, settings, found.member_id)
    if ("committee", None) not in now.causes:
        raise Conflict("not_suspended", "The committee has not suspended this certificate")
    await add_fact(work, settings, found.id, Fact("reinstated", work.today, reason=reason), by=actor.user_id)


async def end(work: Work, settings: Settings, actor: Actor, code: str, reason: str) -> None:
    """Its holder gives a certificate up, or the committee takes it away: only a new decision brings it back."""
    found, _, now = await _locked(work, code)
    if not actor.acts_for(found.member_id) and not committee(actor, settings):
        raise Forbidden("role_missing", "Only for {roles}", roles=settings.guarantee_committee)
    if now.status == "ended":
        return
    cause: Cause = "member" if actor.acts_for(found.member_id) else "committee"
    fact = Fact("ended", work.today, cause=cause, reason=reason)
    await add_fact(work, settings, found.id, fact, by=actor.user_id)


def not_valid(now: Standing) -> Conflict:
    return Conflict("not_valid", "This certificate is not valid: {status}", status=now.status)


async def follow_members(work: Work, settings: Settings, standings: dict[UUID, str]) -> None:
    """A member's suspension suspends its certificates until it ends; who leaves gives them up."""
    held = await certificates.ids_of(work, list(standings))
    facts = await certificates.facts(work.connection, [certificate_id for certificate_id, _ in held])
    for certificate_id, member_id in held:
        now = standing(facts[certificate_id], work.today)
        fact = None if now is None else _of_member(now, standings[member_id], work.today)
        if fact is not None:
            await add_fact(work, settings, certificate_id, fact, by=None)
        else:
            await _tell(work, settings, certificate_id, facts[certificate_id])
    await practices.follow(work, list(standings))


def _of_member(now: Standing, status: str, today: date) -> Fact | None:
    """What a member's standing means for a certificate, if that is news to it."""
    suspended = ("member", None) in now.causes
    if status in {"left", "excluded"}:
        return None if now.status == "ended" else Fact("ended", today, cause="member")
    if status == "suspended":
        return None if suspended else Fact("suspended", today, cause="member")
    if status in {"active", "in_arrears"} and suspended:
        return Fact("reinstated", today, cause="member")
    return None


async def retell(work: Work, settings: Settings, certificate_id: UUID) -> None:
    """States what a certificate has become by the clock."""
    await certificates.lock(work, certificate_id)
    facts = (await certificates.facts(work.connection, [certificate_id])).get(certificate_id, [])
    await _tell(work, settings, certificate_id, facts)


async def history(connection: AsyncConnection, code: str) -> tuple[Certificate, list[Fact]]:
    """A certificate with all its facts. Raises NotFound."""
    found = await certificates.by_code(connection, code)
    if found is None:
        raise unknown()
    return found, (await certificates.facts(connection, [found.id])).get(found.id, [])
