"""Placing an order: look once, decide, write once. Catalog and members answer by events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.orders import OrderConfirmed, OrderPlaced
from contracts.values import Money, plain
from kit.actor import Actor
from kit.database import Database
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.idempotency import Key
from kit.ids import new_id
from kit.messaging.outbox import Staged, stage
from orders.base import AnyRow
from orders.cycles.rules.dates import CycleDates, cycle_status
from orders.cycles.rules.explained import made_of
from orders.cycles.rules.fees import PricePart, Tariff
from orders.cycles.rules.hubs import HubOffer, effective, fee_documents, hub_fees
from orders.cycles.rules.offers import part_document
from orders.cycles.service import tariff_of
from orders.numbers import order_number
from orders.ordering.events import placed_fact
from orders.ordering.repository import placing as repository
from orders.ordering.rules import placing as rules
from orders.ordering.rules.placing import Offered, Wanted
from orders.ordering.rules.pricing import (
    Bill,
    BilledLine,
    Item,
    all_fees,
    bill,
    credit_limits,
    fee_parts,
    highest_total,
    most,
)
from orders.ordering.rules.saga import Answer, OrderStanding, decide
from orders.ordering.service import earlier_answer
from orders.settings import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """By what the same request is known again: a hash of all that was asked, and the Idempotency-Key if it had one."""

    request_hash: bytes
    key: Key | None


@dataclass(frozen=True, slots=True)
class Placed:
    """The order that a request made, now (then it is certainly undecided) or when it came before."""

    order_id: UUID
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order as it was asked for; `member_id` may be left out by who acts for one member only."""

    id: UUID | None
    member_id: UUID | None
    cycle_id: UUID
    pickup_point_id: UUID
    lines: Sequence[Wanted]
    credit: Money | None


def ordering_member(actor: Actor, member_id: UUID | None) -> UUID:
    """Whom the order is for. Raises Forbidden for others' orders, Invalid where it can't be told."""
    if member_id is None:
        if len(actor.member_ids) != 1:
            raise Invalid("member_needed", "Say for which member this order is", field="/member_id")
        return next(iter(actor.member_ids))
    if not actor.acts_for(member_id) and not actor.has("coordinator"):
        raise Forbidden("member_not_yours", "You can order for your own members only")
    return member_id


async def place_order(
    database: Database, settings: Settings, actor: Actor, wish: OrderWish, identity: Identity
) -> Placed:
    """Places the order, or finds the one that the same request placed before.

    Two round trips. Raises Invalid with a pointer, NotFound, Conflict (cycle not open, id taken), Forbidden.
    """
    now = database.clock()
    asked = repository.Asked(
        order_id=wish.id,
        user_id=actor.user_id,
        member_id=ordering_member(actor, wish.member_id),
        cycle_id=wish.cycle_id,
        pickup_point_id=wish.pickup_point_id,
        variant_ids=[line.variant_id for line in wish.lines],
        key=identity.key,
        now=now,
    )
    async with database.reading() as connection:
        seen = await repository.situation(connection, asked)
        earlier = _earlier_order(seen, wish.id, identity.request_hash)
        if earlier is not None:
            return Placed(earlier)
        order, lines = _new_order(seen, wish, settings, now)
        order |= {
            "member_id": asked.member_id,
            "placed_by": actor.user_id,
            "request_hash": identity.request_hash,
        }
        fact = placed_fact(
            OrderPlaced if order["status"] == "placed" else OrderConfirmed, order, lines, order["status"]
        )
        staged: list[Staged] = [stage(database.origin, fact, subject=order["id"], version=1, now=now)]
        placed = await repository.place(connection, order, lines, identity.key, staged)
        if placed == "taken":
            earlier = _earlier_order(await repository.situation(connection, asked), order["id"], identity.request_hash)
            if earlier is None:
                raise Conflict("id_taken", "This id belongs to something else; take a new one")
            return Placed(earlier)
    if placed == "closed":
        raise rules.closed(seen.closes_at.astimezone(ZoneInfo(settings.zone)))
    database.announce(staged)
    return Placed(UUID(str(order["id"])), undecided=order["status"] == "placed")


def _earlier_order(seen: AnyRow, order_id: UUID | None, request_hash: bytes) -> UUID | None:
    """The order that the same key or the same id made before."""
    if seen.earlier_id is not None:
        if seen.earlier_hash != request_hash:
            raise Invalid("idempotency_key_reused", "This Idempotency-Key was used for another request; take a new one")
        return UUID(seen.earlier_id)
    if seen.id_exists:
        if seen.same_hash != request_hash:
            raise Conflict("id_taken", "This id belongs to something else; take a new one")
        return order_id
    return None


def _new_order(
    seen: AnyRow, wish: OrderWish, settings: Settings, now: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The rows of the order and its lines, if all rules agree."""
    if seen.cycle_id is None:
        raise NotFound("cycle_not_found", "There is no such cycle")
    dates = CycleDates(seen.opens_at, seen.closes_at, seen.stopped_at, seen.settling_at, seen.settled_at)
    rules.check_cycle(cycle_status(dates, now), seen.closes_at.astimezone(ZoneInfo(settings.zone)))
    if not seen.pickup_exists:
        raise Invalid("pickup_not_in_cycle", "This cycle has no pickup there", field="/pickup_point_id")
    rules.check_member(seen.member_status)
    known = (_offered(offer, wish, now) for offer in seen.offers)
    offers = rules.check_lines(wish.lines, {offer.variant_id: offer for offer in known})
    tariff = tariff_of(seen.currency, seen.fees)
    items = [
        Item(offer.price, offer.unit, line.quantity, offer.credit_share, offer.fees)
        for line, offer in zip(wish.lines, offers, strict=True)
    ]
    billed = bill(tariff, items)
    credit = rules.check_credit(wish.credit, settings.credit_currency, sum(credit_limits(billed, items)))
    bounds = [
        most(line.quantity, line.tolerance, offer.variable_weight)
        for line, offer in zip(wish.lines, offers, strict=True)
    ]
    highest = highest_total(tariff, [replace(item, quantity=bound) for item, bound in zip(items, bounds, strict=True)])
    rules.check_highest(highest, seen.currency)
    deadline = now + timedelta(seconds=settings.order_deadline)
    stock = _skipped(settings, "catalog")
    funds = _skipped(settings, "members")
    decision = decide(OrderStanding("placed", deadline), earlier_answer(stock), earlier_answer(funds), now)
    order = {
        "id": wish.id or new_id(),
        "number": order_number(settings.number_prefix, settings.zone, now, seen.serial),
        "cycle_id": wish.cycle_id,
        "pickup_point_id": wish.pickup_point_id,
        "version": 1,
        "reasons": [],
        "status": "confirmed" if decision.outcome == "confirm" else "placed",
        "currency": seen.currency,
        "total": billed.total,
        "hold": highest - credit,
        "credit": credit,
        "credit_currency": settings.credit_currency if credit else None,
        "breakdown": breakdown(
            tariff, billed, items, [(str(offer.producer_id), offer.producer_name) for offer in offers]
        ),
        "stock_answer": stock,
        "funds_answer": funds,
        "placed_at": now,
        "deadline": deadline,
        "decided_at": now if decision.outcome == "confirm" else None,
    }
    lines = [
        _line(position, line, offer, bound)
        | {"total": part.total, "parts": line_parts(tariff, part, item, offer.diagnosis)}
        for position, (line, offer, bound, part, item) in enumerate(
            zip(wish.lines, offers, bounds, billed.lines, items, strict=True)
        )
    ]
    return order, lines


def _skipped(settings: Settings, piece: str) -> Answer | None:
    """The answer of a piece that is not deployed: its step is skipped, not waited for."""
    return None if settings.deployed(piece) else "skipped"


def _offered(offer: Mapping[str, Any], wish: OrderWish, now: datetime) -> Offered:
    """What is offered at the order's pickup point, at the price that holds there."""
    variant_id = UUID(offer["variant_id"])
    hubs = [_hub_offer(hub, variant_id) for hub in offer["hub_offers"] or ()]
    hub = effective(hubs, wish.cycle_id, wish.pickup_point_id, now)
    return Offered(
        variant_id=variant_id,
        producer_id=UUID(offer["producer_id"]),
        producer_name=offer["producer_name"],
        name=f"{offer['name']}, {offer['variant_name']}",
        unit=offer["unit"],
        price=hub.price if hub else offer["price"],
        case_size=Decimal(offer["case_size"]),
        step=Decimal(offer["step"]),
        minimum=Decimal(offer["minimum"]),
        variable_weight=offer["variable_weight"],
        credit_share=offer["credit_share"],
        hub_offer_id=hub.id if hub else None,
        fees=hub.fees if hub else (),
        elsewhere=hub is None and offer["at_hubs_only"],
        diagnosis=offer["diagnosis"],
    )


def _hub_offer(hub: Mapping[str, Any], variant_id: UUID) -> HubOffer:
    return HubOffer(
        id=UUID(hub["id"]),
        variant_id=variant_id,
        pickup_point_id=UUID(hub["pickup_point_id"]) if hub["pickup_point_id"] else None,
        cycle_id=UUID(hub["cycle_id"]) if hub["cycle_id"] else None,
        price=hub["price"],
        fees=hub_fees(hub["fees"]),
        valid_from=datetime.fromisoformat(hub["valid_from"]),
        valid_until=datetime.fromisoformat(hub["valid_until"]) if hub["valid_until"] else None,
        exclusive=hub["exclusive"],
    )


def _line(position: int, line: Wanted, offer: Offered, bound: Decimal) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "position": position,
        "variant_id": str(offer.variant_id),
        "producer_id": str(offer.producer_id),
        "producer_name": offer.producer_name,
        "name": offer.name,
        "unit": offer.unit,
        "quantity": plain(line.quantity),
        "tolerance": plain(line.tolerance),
        "most": plain(bound),
        "price": offer.price,
        "case_size": plain(offer.case_size),
        "step": plain(offer.step),
        "variable_weight": offer.variable_weight,
        "credit_share": offer.credit_share,
        "hub_offer_id": None if offer.hub_offer_id is None else str(offer.hub_offer_id),
        "hub_fees": fee_documents(offer.fees),
        "diagnosis": offer.diagnosis,
    }


def line_parts(tariff: Tariff, billed: BilledLine, item: Item, diagnosis: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a line's total consists of, in minor units: the producer's part, with how it is made up if that was
    published, and each fee."""
    shares = made_of(diagnosis, item.price, item.quantity, billed.goods) if diagnosis else None
    return {
        "goods": billed.goods,
        "made_of": None if shares is None else [{"kind": share.kind, "minor": share.minor} for share in shares],
        "fees": [
            {"name": part.name, "payee": part.payee, "minor": part.minor} for part in fee_parts(tariff, billed, item)
        ],
    }


def breakdown(
    tariff: Tariff, billed: Bill, items: Sequence[Item], producers: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """What the order's total consists of: each producer's part, each fee. `producers` names each line's, id and name."""
    parts: dict[str, PricePart] = {}
    for (payee, name), line in zip(producers, billed.lines, strict=True):
        before = parts[payee].minor if payee in parts else 0
        parts[payee] = PricePart(name, payee, before + line.goods)
    return [part_document(part, tariff.currency) for part in [*parts.values(), *all_fees(tariff, billed, items)]]
