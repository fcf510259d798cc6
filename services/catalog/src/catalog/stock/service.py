"""Stock's use cases: keeping count, reserving, releasing, what leaves with an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.stock import events, repository, rules
from catalog.stock.rules import Claim, Decision, Lines, Movement, Origin, Reservation, State, Stock
from contracts.catalog import StockPolicy
from contracts.values import plain
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, DomainError, Invalid, NotFound

#: Overdue reservations that one run of the job releases.
RUN = 500


@dataclass(frozen=True)
class Shelf:
    """How a variant's stock is to be kept. ``on_hand`` is what was counted, None to leave the count alone."""

    variant_id: UUID
    member_id: UUID
    policy: StockPolicy
    offered: bool
    on_hand: Decimal | None = None


@dataclass(frozen=True)
class Request:
    """What an order or a client wants to have reserved, all of it or nothing."""

    id: UUID
    origin: Origin
    lines: Lines
    state: State
    expires_at: datetime | None
    #: Out of the waiting list, in its turn: what is free for those who wait is free for it.
    waited: bool = False


async def _save(work: Work, before: Mapping[UUID, Stock], after: Mapping[UUID, Stock]) -> None:
    """Writes what has changed with the next version, and tells of each variant once."""
    changed = [
        replace(now, version=now.version + 1) for variant_id, now in sorted(after.items()) if now != before[variant_id]
    ]
    await repository.save(work, changed)
    _tell(work, changed)


def _tell(work: Work, changed: Iterable[Stock]) -> None:
    for stock in changed:
        if (fact := events.changed(stock)) is not None:
            work.stage(fact, subject=stock.variant_id, version=stock.version)


async def keep(work: Work, shelves: Sequence[Shelf], user_id: UUID | None) -> None:
    """Opens the stock of new variants, and brings policy, offer and count of the others to what is asked.

    Raises Conflict where less was counted than is promised.
    """
    before = await repository.lock(work, [shelf.variant_id for shelf in shelves])
    opened: list[Stock] = []
    after: dict[UUID, Stock] = {}
    movements: list[Movement] = []
    for shelf in shelves:
        known = before.get(shelf.variant_id)
        count = shelf.on_hand
        if known is None:
            on_hand = count or rules.NOTHING
            opened.append(
                Stock(shelf.variant_id, shelf.member_id, shelf.policy, shelf.offered, on_hand, rules.NOTHING, 1)
            )
            if on_hand:
                movements.append(Movement(shelf.variant_id, "harvest", on_hand, "What there was at first"))
            continue
        if count is not None and count != known.on_hand:
            correction = Movement(shelf.variant_id, "correction", count - known.on_hand, "Counted")
            known = rules.moved(known, correction)
            movements.append(correction)
        after[shelf.variant_id] = rules.with_policy(known, shelf.policy, shelf.offered)
    await repository.add(work, opened)
    await _save(work, before, after)
    _tell(work, opened)
    await repository.record(work, movements, user_id)


async def counts(work: Work, variant_ids: Sequence[UUID]) -> dict[UUID, Stock]:
    """The stock of these variants, locked until the transaction ends."""
    return await repository.lock(work, variant_ids)


def _seen_by(actor: Actor, stock: Stock | None) -> Stock:
    if stock is None or not (actor.acts_for(stock.member_id) or actor.has("coordinator")):
        raise NotFound("variant_not_found", "There is no such variant")
    return stock


async def look(connection: AsyncConnection, actor: Actor, variant_id: UUID) -> Stock:
    """A variant's stock, for its owner and the coordinators."""
    return _seen_by(actor, await repository.get(connection, variant_id))


async def move(work: Work, actor: Actor, movement: Movement) -> tuple[UUID, Stock]:
    """Records a movement. Returns its id and the stock after it."""
    before = await repository.lock(work, [movement.variant_id])
    stock = _seen_by(actor, before.get(movement.variant_id))
    after = rules.moved(stock, movement)
    await _save(work, before, {stock.variant_id: after})
    [id_] = await repository.record(work, [movement], actor.user_id)
    return id_, replace(after, version=after.version + 1)


async def reserve(
    work: Work, requests: Sequence[Request], known: Mapping[UUID, Reservation] | None = None
) -> list[Decision]:
    """Decides the requests in their order and writes all of them with a handful of statements, however many there are.

    A request for what a reservation already has changes it: it keeps what it has until all it wants can be had.
    """
    if known is None:
        known = await repository.lock_reservations(work, [request.id for request in requests])
    claims = [Claim(request.id, _held(known, request.id), request.lines, request.waited) for request in requests]
    before = await repository.lock(work, _variants(claims))
    decisions, after = rules.reserve(before, claims)
    changed: list[Reservation] = []
    lines: dict[UUID, Lines] = {}
    dropped: list[tuple[UUID, UUID]] = []
    for request, claim, decision in zip(requests, claims, decisions, strict=True):
        if decision.granted:
            changed.append(Reservation(request.id, request.origin, request.state, request.expires_at, request.lines))
            written = known[request.id].lines if request.id in known else {}
            if written != request.lines:
                lines[request.id] = request.lines
                dropped.extend((request.id, variant) for variant in written.keys() - request.lines.keys())
        elif not claim.held:
            changed.append(Reservation(request.id, request.origin, "refused", None, {}))
    await _save(work, before, after)
    await repository.save_reservations(work, changed)
    await repository.save_lines(work, lines)
    await repository.drop_lines(work, dropped)
    return decisions


def _held(known: Mapping[UUID, Reservation], id_: UUID) -> Lines:
    return known[id_].held if id_ in known else {}


def _variants(claims: Iterable[Claim]) -> set[UUID]:
    return {variant for claim in claims for variant in (*claim.held, *claim.wanted)}


async def set_awaited(work: Work, least: Mapping[UUID, Decimal | None]) -> None:
    """Notes the least that somebody who waits for each variant would take; None where nobody waits any more."""
    before = await repository.lock(work, list(least))
    await _save(work, before, {id_: replace(one, awaited=least[id_]) for id_, one in before.items()})


async def lock_holding(work: Work, variant_ids: Sequence[UUID]) -> None:
    """Locks the orders' and clients' reservations that hold some of these variants, as is done before any stock is.

    Bookings' are never touched but under the lock of their stock, and come after it.
    """
    await repository.lock_reservations(work, await repository.holding(work, variant_ids, ("order", "client")))


async def drop(work: Work, variant_ids: Sequence[UUID]) -> list[Reservation]:
    """Takes variants, whose stock is locked, out of every reservation: what they stood for does not take place. Returns
    those reservations as they were. What else an order has reserved stays."""
    holding = await repository.holding(work, variant_ids, ("order", "client", "booking"))
    found = list((await repository.lock_reservations(work, holding)).values())
    gone = set(variant_ids)
    claims = [Claim(one.id, one.held, {v: n for v, n in one.held.items() if v not in gone}) for one in found]
    before = await repository.lock(work, _variants(claims))
    _, after = rules.reserve(before, claims)
    await _save(work, before, after)
    emptied = [one for one, claim in zip(found, claims, strict=True) if not claim.wanted]
    await repository.save_reservations(work, [replace(one, state="released", expires_at=None) for one in emptied])
    kept = [claim for claim in claims if claim.wanted]
    await repository.drop_lines(
        work, [(claim.reservation_id, variant) for claim in kept for variant in claim.held if variant in gone]
    )
    return found


async def answer_orders(work: Work, requests: Sequence[Request], versions: Mapping[UUID, int]) -> None:
    """Reserves for orders that were placed, and answers each."""
    for decision in await reserve(work, requests):
        _answer(work, decision, versions[decision.reservation_id])


def _answer(work: Work, decision: Decision, version: int) -> None:
    order_id = decision.reservation_id
    fact = events.reserved(order_id) if decision.granted else events.refused(order_id, decision.missing)
    work.stage(fact, subject=order_id, version=version)


async def keep_for_orders(work: Work, requests: Sequence[Request], versions: Mapping[UUID, int]) -> None:
    """Keeps the reservations of confirmed orders; reserves again what expired meanwhile, and says so if it can't."""
    for decision in await reserve(work, requests):
        if not decision.granted:
            _answer(work, decision, versions[decision.reservation_id])


async def release(work: Work, ids: Sequence[UUID]) -> None:
    """Frees what orders had reserved. One that had nothing is marked, so that a late request finds it closed."""
    known = await repository.lock_reservations(work, ids)
    missing = [Reservation(id_, "order", "refused", None, {}) for id_ in ids if id_ not in known]
    await _end(work, [*known.values(), *missing], "released")


async def _end(work: Work, reservations: Sequence[Reservation], state: State) -> None:
    claims = [Claim(one.id, one.held, {}) for one in reservations]
    before = await repository.lock(work, _variants(claims))
    _, after = rules.reserve(before, claims)
    await _save(work, before, after)
    ended = [replace(one, state=state, expires_at=None) for one in reservations if one.state != "collected"]
    await repository.save_reservations(work, ended)


async def collect(work: Work, packed: Mapping[UUID, Lines]) -> None:
    """What orders took home is sold, by order; the rest of what they had reserved is free again."""
    known = await repository.lock_reservations(work, list(packed))
    open_orders = {id_: lines for id_, lines in packed.items() if id_ not in known or known[id_].state != "collected"}
    held = {id_: _held(known, id_) for id_ in open_orders}
    variants = {variant for id_ in open_orders for variant in (*held[id_], *open_orders[id_])}
    before = await repository.lock(work, variants)
    after: Mapping[UUID, Stock] = before
    movements: list[Movement] = []
    for id_, lines in open_orders.items():
        after, made = rules.take_home(after, id_, held[id_], lines)
        movements.extend(made)
    await _save(work, before, after)
    await repository.save_reservations(work, [Reservation(id_, "order", "collected", None, {}) for id_ in open_orders])
    await repository.record(work, movements, None)


async def expire(work: Work) -> None:
    """Releases what was reserved for orders that were never confirmed, and for clients that never came back."""
    overdue = await repository.lock_reservations(work, await repository.overdue(work, RUN))
    # Between the look and the lock one may have been confirmed.
    still = [one for one in overdue.values() if one.expires_at is not None and one.expires_at <= work.now]
    if still:
        await _end(work, still, "expired")


async def reserve_for_client(work: Work, request: Request) -> Reservation:
    """A reservation by a client's own id; the same id with the same lines again is the same reservation.

    Raises Conflict with the reasons by line if it can't be had whole, Invalid for an expiry that has passed.
    """
    if request.expires_at is not None and request.expires_at <= work.now:
        raise Invalid("already_past", "Must be in the future", field="/expires_at")
    await repository.lock_name(work, request.id)
    known = await repository.lock_reservations(work, [request.id])
    if (there := known.get(request.id)) is not None:
        if there.origin == "client" and there.active and there.lines == request.lines:
            return there
        raise Conflict("id_taken", "This id was used for another reservation; take a new one")
    [decision] = await reserve(work, [request], known)
    if not decision.granted:
        raise _not_granted(decision, list(request.lines))
    return Reservation(request.id, request.origin, request.state, request.expires_at, request.lines)


def _not_granted(decision: Decision, variants: Sequence[UUID]) -> DomainError:
    reasons = events.refused(decision.reservation_id, decision.missing).model_dump(mode="json")["reasons"]
    first = decision.missing[0]
    field = f"/lines/{variants.index(first.variant_id)}/quantity"
    if first.code == "not_offered":
        return Conflict("not_offered", "This is not offered now", field=field, extra={"reasons": reasons})
    return Conflict(
        "not_enough_stock", "Only {left} left", field=field, extra={"reasons": reasons}, left=plain(first.available)
    )


async def release_for_client(work: Work, id_: UUID) -> None:
    """Ends a client's reservation. Raises NotFound for none, Conflict for an order's."""
    known = await repository.lock_reservations(work, [id_])
    if id_ not in known:
        raise NotFound("reservation_not_found", "There is no such reservation")
    if known[id_].origin == "booking":
        raise Conflict("belongs_to_booking", "This belongs to a booking; cancel the booking instead")
    if known[id_].origin != "client":
        raise Conflict("belongs_to_order", "This belongs to an order; cancel the order instead")
    await _end(work, list(known.values()), "released")
