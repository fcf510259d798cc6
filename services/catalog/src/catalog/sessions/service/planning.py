"""Planning a session or a series, and changing one session."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from catalog.products import service as products
from catalog.products.rules import Product
from catalog.sessions.repository import sessions as repository
from catalog.sessions.repository import views
from catalog.sessions.repository.sessions import SeriesOf
from catalog.sessions.rules import occasions, recurrence
from catalog.sessions.rules.occasions import Terms
from catalog.sessions.service import offers, queue, telling
from catalog.sessions.service.cancelling import unknown
from catalog.sessions.service.offers import Offer
from catalog.sessions.service.telling import Move
from catalog.settings import Settings
from catalog.stock import repository as stock_repository
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, PreconditionFailed
from kit.ids import new_id


@dataclass(frozen=True)
class Wish:
    """What somebody wants to hold: once, or by a rule."""

    id: UUID
    starts_at: datetime
    terms: Terms
    variant_id: UUID | None
    rule: str | None
    without: tuple[date, ...]


@dataclass(frozen=True)
class Planned:
    """What was planned: the series, if it is one, and the sessions that can be seen now."""

    series_id: UUID | None
    session_ids: tuple[UUID, ...]


async def plan(work: Work, actor: Actor, settings: Settings, product_id: UUID, wish: Wish) -> Planned:
    """Plans a session or a series of a product. The client's own id, sent again, is the same.

    Raises NotFound, Forbidden, Invalid for what can't be planned, Conflict for too many.
    """
    await stock_repository.lock_name(work, wish.id)
    product = await products.mine(work, actor, product_id)
    if (there := await _there(work, product_id, wish.id)) is not None:
        return there
    occasions.check_terms(wish.terms)
    occasions.check_start(wish.starts_at, work.now)
    model = offers.template(product, wish.variant_id)
    occasions.price(model.unit, model.price, wish.terms.minutes)
    if wish.rule is None:
        occasions.check_number(len(await repository.coming(work, product_id)) + 1)
        session = occasions.planned(
            wish.terms,
            wish.starts_at,
            id_=wish.id,
            product_id=product.id,
            member_id=product.member_id,
            template_id=model.id,
        )
        await offers.offer(work, settings, product, [Offer(session)], actor.user_id)
        return Planned(None, (session.id,))
    rule = recurrence.read(wish.rule, work.zone)
    start = recurrence.clock(wish.starts_at, work.zone).replace(microsecond=0)
    recurrence.check(rule, start)
    series = SeriesOf(
        id=wish.id,
        product_id=product.id,
        member_id=product.member_id,
        follows=None,
        template_id=model.id,
        rule=rule.text,
        starts_at=start,
        without=tuple(sorted(set(wish.without))),
        terms=wish.terms,
        ahead_until=start - timedelta(seconds=1),
        ends_on=None,
        version=1,
    )
    made = await go_ahead(work, settings, product, series, user_id=actor.user_id)
    return Planned(series.id, tuple(made))


async def _there(work: Work, product_id: UUID, id_: UUID) -> Planned | None:
    """What was planned under this id before. Raises Conflict if it is something else."""
    if (series := await repository.series(work, id_)) is not None and series.product_id == product_id:
        ids = [one.id for one in await views.of_series(work.connection, id_, work.now)]
        return Planned(id_, tuple(ids))
    session = (await repository.by_ids(work, [id_])).get(id_)
    if session is not None and session.product_id == product_id:
        return Planned(None, (id_,))
    if series is not None or session is not None or await stock_repository.get(work.connection, id_) is not None:
        raise Conflict("id_taken", "This id was used for something else; take a new one", field="/id")
    return None


async def go_ahead(
    work: Work, settings: Settings, product: Product, series: SeriesOf, *, user_id: UUID | None, full: bool = True
) -> list[UUID]:
    """Plans a series' sessions as far ahead as sessions are planned, and saves it. Returns the new ones.

    More than a product may have is refused if ``full``; else the rest comes when there is room.
    """
    until = recurrence.clock(work.now, work.zone) + recurrence.HORIZON
    rule = recurrence.read(series.rule, work.zone)
    found = rule.occasions(series.starts_at, series.ahead_until, until, series.without)
    if series.ends_on is not None:
        found = [at for at in found if at.date() < series.ends_on]
    coming = [(at, when) for at, when in recurrence.instants(found, work.zone) if when > work.now]
    room = occasions.MOST_COMING - len(await repository.coming(work, product.id)) if coming else 0
    if full:
        occasions.check_number(occasions.MOST_COMING - room + len(coming))
    ahead = recurrence.FOREVER if rule.is_over(series.starts_at, until) else max(until, series.ahead_until)
    if len(coming) > room:
        coming = coming[: max(room, 0)]
        ahead = coming[-1][0] if coming else series.ahead_until
    await repository.save_series(work, replace(series, ahead_until=ahead))
    new = [
        occasions.planned(
            series.terms,
            when,
            id_=new_id(),
            product_id=product.id,
            member_id=product.member_id,
            template_id=series.template_id,
            series=(series.id, at),
        )
        for at, when in coming
    ]
    await offers.offer(work, settings, product, [Offer(one) for one in new], user_id)
    return [one.id for one in new]


async def change(
    work: Work,
    actor: Actor,
    settings: Settings,
    session_id: UUID,
    said: Mapping[str, Any],
    *,
    version: int | None,
) -> None:
    """Moves a session, or changes its places or terms; ``said`` has fields of ``Terms`` and ``starts_at``.

    Whoever has a place is told of another time or place, and may then cancel until it begins. Raises NotFound,
    Forbidden, PreconditionFailed, Invalid, and Conflict where more is booked than there would be places.
    """
    seen = (await repository.by_ids(work, [session_id])).get(session_id)
    if seen is None:
        raise unknown()
    product = await products.mine(work, actor, seen.product_id)
    session = (await repository.by_ids(work, [session_id], lock=True))[session_id]
    if version is not None and version != session.version:
        raise PreconditionFailed("changed_meanwhile", "Somebody changed this meanwhile; read it again first")
    occasions.check_changeable(session, work.now)
    terms = replace(occasions.terms_of(session), **{name: value for name, value in said.items() if name != "starts_at"})
    starts_at = said.get("starts_at", session.starts_at)
    occasions.check_terms(terms)
    occasions.check_start(starts_at, work.now)
    after = replace(occasions.under(session, terms, starts_at), version=session.version + 1)
    if after.closes_at <= work.now or (session.done and "capacity" in said):
        raise Conflict("booking_closed", "Its booking is over")
    if occasions.is_moved(session, after):
        after = replace(after, moved_at=work.now)
        await telling.moved(work, product.name, {session.id: Move(session, after)})
    repriced = after.minutes != session.minutes
    await offers.offer(work, settings, product, [Offer(after, repriced, "capacity" in said)], actor.user_id)
    await queue.serve_waiting(work, [session_id])
