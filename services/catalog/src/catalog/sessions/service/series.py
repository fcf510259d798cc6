"""A series from a day on: changed, or ended; and the jobs that look ahead and open and close the booking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from catalog.products import repository as products_repository
from catalog.products import service as products
from catalog.products.rules import Product
from catalog.sessions.repository import bookings
from catalog.sessions.repository import sessions as repository
from catalog.sessions.repository.sessions import SeriesOf
from catalog.sessions.rules import occasions, recurrence
from catalog.sessions.rules.occasions import Session
from catalog.sessions.rules.recurrence import Rule
from catalog.sessions.service import offers, planning, queue, telling
from catalog.sessions.service.cancelling import strike
from catalog.sessions.service.offers import Offer
from catalog.sessions.service.telling import Move
from catalog.settings import Settings
from catalog.stock import service as stock
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from kit.ids import new_id

#: Series, and products, that one run of a job looks at.
RUN = 100


@dataclass(frozen=True)
class Turn:
    """What changes of a series from a day on; None where nothing is said. ``terms`` has fields of ``Terms``."""

    since: date
    terms: Mapping[str, Any]
    rule: str | None = None
    #: The clock time at which sessions begin.
    at: time | None = None
    without: tuple[date, ...] | None = None
    #: Those whose session falls away read it.
    reason: str = ""


@dataclass(frozen=True)
class _Held:
    """A series with its product and what is planned of it from a day on; all of it locked."""

    product: Product
    series: SeriesOf
    sessions: dict[UUID, Session]
    since: date


async def _hold(work: Work, actor: Actor, series_id: UUID, since: date, version: int | None) -> _Held:
    peek = await repository.series(work, series_id)
    if peek is None:
        raise NotFound("series_not_found", "There is no such series")
    midnight = datetime.combine(since, time())
    coming = await repository.of_series(work, series_id, midnight)
    await stock.lock_holding(work, sorted(coming))
    product = await products.mine(work, actor, peek.product_id)
    series = await repository.series(work, series_id, lock=True) or peek
    if version is not None and version != series.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    if since < work.today:
        raise Invalid("already_past", "Must be in the future", field="/from")
    if since - work.today > occasions.FURTHEST:
        raise Invalid("too_far_ahead", "At most two years ahead", field="/from")
    if series.ends_on is not None and series.ends_on <= since:
        raise Conflict("series_ended", "This series has ended")
    return _Held(product, series, await repository.of_series(work, series_id, midnight, lock=True), since)


async def end(work: Work, actor: Actor, series_id: UUID, since: date, reason: str, *, version: int | None) -> None:
    """Ends a series: its sessions from that day on are cancelled. Raises as ``change`` does."""
    held = await _hold(work, actor, series_id, since, version)
    await repository.save_series(work, replace(held.series, ends_on=since, version=held.series.version + 1))
    await strike(work, held.product.name, held.sessions, reason, actor.user_id)


async def change(
    work: Work, actor: Actor, settings: Settings, series_id: UUID, turn: Turn, *, version: int | None
) -> UUID:
    """Goes on otherwise from a day on: that is another series, which follows this one. Returns its id.

    A session whose day stays keeps its bookings, whatever its hour becomes; one whose day falls away is cancelled;
    whoever has a place in either is told. Raises NotFound, Forbidden, Invalid, PreconditionFailed, and Conflict for a
    series that has ended, and where more is booked than there would be places.
    """
    held = await _hold(work, actor, series_id, turn.since, version)
    before = held.series
    rule, start = _goes_on(work, before, turn)
    recurrence.check(rule, start)
    after = SeriesOf(
        id=new_id(),
        product_id=before.product_id,
        member_id=before.member_id,
        follows=before.id,
        template_id=before.template_id,
        rule=rule.text,
        starts_at=start,
        without=before.without if turn.without is None else tuple(sorted(set(turn.without))),
        terms=replace(before.terms, **turn.terms),
        ahead_until=start - timedelta(seconds=1),
        ends_on=before.ends_on,
        version=1,
    )
    occasions.check_terms(after.terms)
    await _rearrange(work, actor, settings, held, after, rule=rule, reason=turn.reason)
    return after.id


def _goes_on(work: Work, series: SeriesOf, turn: Turn) -> tuple[Rule, datetime]:
    """The rule from then on, and the clock time from which it counts."""
    midnight = datetime.combine(turn.since, time())
    old = recurrence.read(series.rule, work.zone)
    if turn.rule is not None:
        at = turn.at or series.starts_at.time()
        return recurrence.read(turn.rule, work.zone), datetime.combine(turn.since, at)
    found = old.occasions(
        series.starts_at, midnight - timedelta(seconds=1), midnight + recurrence.FIRST_WITHIN, series.without
    )
    if not found:
        raise Conflict("series_over", "This series has no occasion from that day on")
    first = found[0] if turn.at is None else datetime.combine(found[0].date(), turn.at)
    return old.going_on(series.starts_at, found[0]), first


async def _rearrange(
    work: Work, actor: Actor, settings: Settings, held: _Held, after: SeriesOf, *, rule: Rule, reason: str
) -> None:
    product, before = held.product, held.series
    until = recurrence.clock(work.now, work.zone) + recurrence.HORIZON
    found = rule.occasions(after.starts_at, after.ahead_until, until, after.without)
    if after.ends_on is not None:
        found = [at for at in found if at.date() < after.ends_on]
    when = {at: instant for at, instant in recurrence.instants(found, work.zone) if instant > work.now}
    slots = {one.id: one.slot for one in held.sessions.values() if one.slot is not None}
    plan = occasions.rearranged(slots, list(when))
    others = len(await repository.coming(work, product.id)) - len(held.sessions)
    occasions.check_number(others + len(plan.kept) + len(plan.new))
    await repository.save_series(work, replace(before, ends_on=held.since, version=before.version + 1))
    over = rule.is_over(after.starts_at, until)
    ahead = recurrence.FOREVER if over else max(until, after.ahead_until)
    await repository.save_series(work, replace(after, ahead_until=ahead))
    await stock.counts(work, sorted(held.sessions))
    await strike(work, product.name, {id_: held.sessions[id_] for id_ in plan.cancelled}, reason, actor.user_id)
    # What was struck is off the product by now.
    product = await products.mine(work, actor, product.id)
    kept = {id_: _kept(work, held.sessions[id_], after, at, when[at]) for id_, at in plan.kept.items()}
    moves = {
        id_: Move(held.sessions[id_], one) for id_, one in kept.items() if occasions.is_moved(held.sessions[id_], one)
    }
    await telling.moved(work, product.name, moves)
    await repository.resettle(work, list(kept.values()))
    offered = [
        Offer(one, one.minutes != held.sessions[id_].minutes, after.terms.capacity != before.terms.capacity)
        for id_, one in kept.items()
    ]
    new = [
        occasions.planned(
            after.terms,
            when[at],
            id_=new_id(),
            product_id=product.id,
            member_id=product.member_id,
            template_id=after.template_id,
            series=(after.id, at),
        )
        for at in plan.new
    ]
    await offers.offer(work, settings, product, [*offered, *map(Offer, new)], actor.user_id)
    await queue.serve_waiting(work, list(kept))


def _kept(work: Work, session: Session, series: SeriesOf, at: datetime, starts_at: datetime) -> Session:
    after = occasions.under(session, series.terms, starts_at)
    moved_at = work.now if occasions.is_moved(session, after) else session.moved_at
    return replace(after, series_id=series.id, slot=at, moved_at=moved_at, version=session.version + 1)


async def look_ahead(work: Work, settings: Settings) -> None:
    """Plans the sessions of series that have come within reach."""
    until = recurrence.clock(work.now, work.zone) + recurrence.HORIZON - timedelta(days=1)
    for series_id, product_id in await repository.series_behind(work, until, RUN):
        # The product before the series, as whoever changes it does.
        product = (await products_repository.load(work, [product_id]))[product_id]
        series = await repository.series(work, series_id, lock=True)
        if series is not None and series.ahead_until < until:
            await planning.go_ahead(work, settings, product, series, user_id=None, full=False)


async def switch(work: Work, settings: Settings) -> None:
    """Lists sessions whose booking opens, and takes those off whose booking closes; who still waits for one of them
    has waited in vain."""
    for product_id in await repository.due(work, RUN):
        product = (await products_repository.load(work, [product_id]))[product_id]
        sessions = await repository.to_switch(work, product_id)
        closing = [one for one in sessions.values() if one.closes(work.now)]
        await offers.withdraw(work, [one.id for one in closing if one.listed], None)
        await repository.save(work, [replace(one, done=True) for one in closing])
        await bookings.miss(work, [one.id for one in closing])
        opening = [Offer(one) for one in sessions.values() if one.opens(work.now)]
        if opening:
            product = (await products_repository.load(work, [product_id]))[product_id]
            await offers.offer(work, settings, product, opening, None)
