"""What happens to a standing: facts, what is owed, and telling the others of it, once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.members import MemberStatus
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id
from kit.settings import Settings
from members.membership import events, letters, rules
from members.membership.repository import people, standings
from members.membership.rules import FactKind, MemberRecord, Obligation, Standing, StandingFact, particulars
from members.membership.service import numbers
from members.membership.service.reading import as_record, check_visible, record, unknown


async def happen(
    work: Work,
    settings: Settings,
    member_id: UUID,
    fact: FactKind,
    *,
    by: UUID | None,
    reason: str,
    effective_on: date | None = None,
) -> MemberRecord:
    """Records what happens to a member's standing, now or from another day on, and tells the others when it counts.

    An admission may lie before the application, which then counts from the same day. Raises NotFound; Conflict if it
    can't happen; Invalid for the date.
    """
    await _locked(work, member_id)
    known = await facts_of(work.connection, member_id)
    at = rules.takes_effect(effective_on, known, work.now, settings.zone, ahead=fact != "admitted")
    on = at.astimezone(ZoneInfo(settings.zone)).date()
    if fact == "admitted" and (asked := _application_after(known, at)):
        moved = replace(asked, id=_next(known), effective_at=at, recorded_at=work.now, corrects=asked.id)
        rules.check_sequence(known, moved)
        moved_id = await standings.add_fact(
            work.connection,
            member_id,
            "applied",
            at=at,
            on=on,
            recorded_at=work.now,
            by=by,
            reason=reason,
            corrects=asked.id,
        )
        known = [*known, replace(moved, id=moved_id)]
    rules.check_sequence(known, StandingFact(_next(known), fact, at, work.now))
    await standings.add_fact(work.connection, member_id, fact, at=at, on=on, recorded_at=work.now, by=by, reason=reason)
    if fact == "admitted":
        await _give_number(work, settings, member_id)
    seen_at = max(work.now, at) if effective_on is None else work.now
    await tell(work, [member_id], seen_at)
    member = await record(work.connection, member_id, seen_at)
    await letters.decided(work, settings, member, fact, on=on.isoformat(), reason=reason)
    return member


async def leave(
    work: Work, settings: Settings, actor: Actor, member_id: UUID, *, reason: str, effective_on: date | None
) -> MemberRecord:
    """The membership ends at the member's own wish. What was owed meanwhile is not undone by a date in the past: that is
    for coordinators to record. Raises as ``happen`` does."""
    check_visible(actor, member_id, "coordinator")
    if effective_on is not None and effective_on < work.today and not actor.has("coordinator"):
        raise Invalid("already_past", "Must be in the future", field="/effective_on")
    return await happen(work, settings, member_id, "left", by=actor.user_id, reason=reason, effective_on=effective_on)


async def revoke(work: Work, member_id: UUID, fact_id: int, *, by: UUID, reason: str) -> MemberRecord:
    """Takes back a fact that was recorded by mistake: it stays on record and counts no more.

    Raises NotFound; Conflict if it was corrected already, or what came after it would be impossible without it.
    """
    await _locked(work, member_id)
    rows = await standings.facts(work.connection, [member_id])
    known = [_fact(row) for row in rows]
    wrong = _correctable(known, fact_id)
    rules.check_sequence(known, StandingFact(_next(known), "revoked", wrong.effective_at, work.now, wrong.id))
    day = next(row.effective_on for row in rows if row.id == fact_id)
    await standings.add_fact(
        work.connection,
        member_id,
        "revoked",
        at=wrong.effective_at,
        on=day,
        recorded_at=work.now,
        by=by,
        reason=reason,
        corrects=wrong.id,
    )
    await tell(work, [member_id], work.now)
    return await record(work.connection, member_id, work.now)


async def redate(
    work: Work, settings: Settings, member_id: UUID, fact_id: int, effective_on: date, *, by: UUID, reason: str
) -> MemberRecord:
    """Corrects the day from which a fact counts. Raises as ``revoke`` does, and Invalid for the date."""
    await _locked(work, member_id)
    known = await facts_of(work.connection, member_id)
    wrong = _correctable(known, fact_id)
    at = rules.takes_effect(effective_on, [], work.now, settings.zone, ahead=wrong.kind not in ("applied", "admitted"))
    rules.check_sequence(known, StandingFact(_next(known), wrong.kind, at, work.now, wrong.id))
    on = at.astimezone(ZoneInfo(settings.zone)).date()
    await standings.add_fact(
        work.connection,
        member_id,
        wrong.kind,
        at=at,
        on=on,
        recorded_at=work.now,
        by=by,
        reason=reason,
        corrects=wrong.id,
    )
    await tell(work, [member_id], work.now)
    return await record(work.connection, member_id, work.now)


async def owe(work: Work, settings: Settings, member_id: UUID, cause_id: UUID, arrears_from: date) -> None:
    """The member owes something, such as an invoice, and is in arrears from that day of the network on unless it is
    ``cleared``. Said again it changes nothing; with another day, that day counts from now on. Raises NotFound.
    """
    at = rules.day_begins(arrears_from, settings.zone)
    owed = await standings.open_obligation(work.connection, cause_id)
    if owed is not None:
        if owed.member_id != member_id:
            raise Conflict("cause_taken", "This is owed by another member already")
        if owed.arrears_from == arrears_from:
            return
        await standings.clear(work.connection, [cause_id], work.now)
    values = {
        "id": new_id(),
        "member_id": member_id,
        "cause_id": cause_id,
        "arrears_from": arrears_from,
        "arrears_at": at,
        "recorded_at": work.now,
    }
    await standings.add_obligation(work.connection, values)
    if owed is not None or at <= work.now:
        await tell(work, [member_id], work.now)


@dataclass(frozen=True)
class Owed:
    """Something that a member owes, and the first day on which it is in arrears with it."""

    member_id: UUID
    cause_id: UUID
    arrears_from: date


async def owe_all(work: Work, settings: Settings, owed: Sequence[Owed]) -> None:
    """What ``owe`` does for one, for many, with a fixed number of statements. What is owed already stays as it is."""
    rows = [
        {
            "id": new_id(),
            "member_id": debt.member_id,
            "cause_id": debt.cause_id,
            "arrears_from": debt.arrears_from,
            "arrears_at": rules.day_begins(debt.arrears_from, settings.zone),
            "recorded_at": work.now,
        }
        for debt in owed
    ]
    if not rows:
        return
    await standings.add_obligations(work.connection, rows)
    late = {debt.member_id for debt in owed if rules.day_begins(debt.arrears_from, settings.zone) <= work.now}
    if late:
        await tell(work, late, work.now)


async def cleared(work: Work, cause_ids: Collection[UUID]) -> None:
    """What was owed for these causes was paid, cancelled or waived; causes for which nothing is owed are passed over."""
    whose = await standings.clear(work.connection, cause_ids, work.now)
    if whose:
        await tell(work, whose, work.now)


async def follow(work: Work) -> None:
    """Tells of the standings that changed because time went by."""
    await _tell(work, await standings.lock_changed(work.connection, work.now), work.now)


async def tell(work: Work, member_ids: Iterable[UUID], now: datetime) -> None:
    """Tells the others of those of these members whose standing is not what they were last told: each change once,
    however many processes see it, for the member is locked first."""
    await _tell(work, await standings.lock(work.connection, list(member_ids)), now)


async def _tell(work: Work, told: Collection[Row[UUID, str]], now: datetime) -> None:
    ids = [row.id for row in told]
    if not ids:
        return
    facts: dict[UUID, list[StandingFact]] = {member_id: [] for member_id in ids}
    for row in await standings.facts(work.connection, ids):
        facts[row.member_id].append(_fact(row))
    debts: dict[UUID, list[Obligation]] = {member_id: [] for member_id in ids}
    for debt in await standings.obligations(work.connection, ids):
        debts[debt.member_id].append(Obligation(debt.arrears_at, debt.cleared_at))
    before: dict[UUID, MemberStatus] = {row.id: row.told for row in told}
    after = {member_id: rules.standing(facts[member_id], debts[member_id], now) for member_id in ids}
    news = {member_id: after[member_id].status for member_id in ids if after[member_id].status != before[member_id]}
    if not news:
        return
    await standings.note_told(work.connection, news)
    for row in await people.members(work.connection, news, now):
        member = as_record(row)
        work.stage(events.passed(member, before[member.id]), subject=member.id, version=member.version)
        stated = events.standing(member, before[member.id], after[member.id])
        work.stage(stated, subject=member.id, version=member.version)


async def standing_of(connection: AsyncConnection, member_id: UUID, now: datetime) -> Standing:
    """The member's standing, and since when. Raises NotFound."""
    known = await facts_of(connection, member_id)
    if not known:
        raise unknown()
    debts = await standings.obligations(connection, [member_id])
    return rules.standing(known, [Obligation(debt.arrears_at, debt.cleared_at) for debt in debts], now)


async def _locked(work: Work, member_id: UUID) -> None:
    if not await standings.lock(work.connection, [member_id]):
        raise unknown()


async def facts_of(connection: AsyncConnection, member_id: UUID) -> list[StandingFact]:
    """Everything that happened to this membership."""
    return [_fact(row) for row in await standings.facts(connection, [member_id])]


def _fact(row: Row[*tuple[object, ...]]) -> StandingFact:
    values = row._asdict()
    return StandingFact(values["id"], values["kind"], values["effective_at"], values["recorded_at"], values["corrects"])


def _next(facts: Collection[StandingFact]) -> int:
    """Later than all that is recorded; the database gives the real one."""
    return max((fact.id for fact in facts), default=0) + 1


def _application_after(facts: Collection[StandingFact], at: datetime) -> StandingFact | None:
    """The pending application, if it counts from later than ``at``."""
    newest = rules.counting(facts)[-1:]
    return next((fact for fact in newest if fact.kind == "applied" and fact.effective_at > at), None)


def _correctable(facts: Collection[StandingFact], fact_id: int) -> StandingFact:
    found = next((fact for fact in facts if fact.id == fact_id), None)
    if found is None:
        raise NotFound("fact_unknown", "Nothing of this id happened to this member")
    if found.kind == "revoked" or any(fact.corrects == fact_id for fact in facts):
        raise Conflict("fact_corrected", "This was corrected already; correct its correction")
    return found


async def _give_number(work: Work, settings: Settings, member_id: UUID) -> None:
    """A number is given once: who comes back has theirs."""
    row = await people.member(work.connection, member_id, work.now)
    if row is not None and row.number is None:
        given = await numbers.give_next(work, settings, member_id)
        key = particulars.search_key(row.name, given, row.email)
        await people.write(work.connection, member_id, {"number": given, "search_key": key})
