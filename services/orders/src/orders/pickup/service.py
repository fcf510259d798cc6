"""Handing an order over: what was packed is what is billed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from contracts.orders import OrderCollected
from contracts.values import Money
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, Invalid
from orders.base import AnyRow
from orders.cycles.rules.hubs import hub_fees
from orders.cycles.service import tariff_of
from orders.ordering.events import order_fact
from orders.ordering.placing import breakdown, line_parts
from orders.ordering.repository import orders as orders_repository
from orders.ordering.rules.pricing import Item, bill, credit_by_line
from orders.ordering.service import order_or_not_found, signal_of
from orders.pickup import repository
from orders.pickup.rules import Packable, Packed, check_past, packed_quantities

_AMOUNT = "/payment/amount"


@dataclass(frozen=True, slots=True)
class Handover:
    """What was packed, and how it is paid: from the account, or in cash (all that is due unless said otherwise)."""

    packed: Sequence[Packed]
    method: Literal["account", "cash"]
    amount: Money | None
    paid_at: datetime | None
    collected_at: datetime | None


async def collect(work: Work, order_id: UUID, handover: Handover, actor: Actor) -> AnyRow:
    """Bills what was packed and notes how it is paid. The same again changes nothing.

    Raises NotFound, Invalid with a pointer, Conflict for an order that is not ready or was collected otherwise.
    """
    check_past({"/collected_at": handover.collected_at, "/payment/paid_at": handover.paid_at}, work.now)
    order = await _lock(work, order_id, actor)
    quantities = packed_quantities([_packable(line) for line in order.lines], handover.packed)
    prices = await repository.cycle_tariff(work.connection, order.cycle_id)
    tariff = tariff_of(prices.currency, prices.fees)
    items = [_item(line, quantities) for line in order.lines]
    billed = bill(tariff, items)
    due = billed.total - sum(credit_by_line(billed, items, order.credit))
    paid = _cash(handover, due, order.currency)
    if order.status == "collected":
        if not _same(order, quantities, handover.method, paid):
            raise Conflict("already_collected_otherwise", "This order was collected already, with other figures")
        return order
    producers = [(line["producer_id"], line["producer_name"]) for line in order.lines]
    await repository.note_packed(
        work.connection,
        [
            {
                "line_id": line["line_id"],
                "packed": item.quantity,
                "billed": part.total,
                "parts": line_parts(tariff, part, item, line["diagnosis"]),
            }
            for line, item, part in zip(order.lines, items, billed.lines, strict=True)
        ],
    )
    await repository.note_collected(
        work.connection,
        order_id,
        collected_at=handover.collected_at or work.now,
        collected_by=actor.user_id,
        billed=billed.total,
        breakdown=breakdown(tariff, billed, items, producers),
        payment=handover.method,
        paid=paid,
        paid_at=None if paid is None else handover.paid_at or handover.collected_at or work.now,
    )
    collected = await order_or_not_found(work.connection, order_id, actor)
    work.stage(order_fact(OrderCollected, collected, "collected"), subject=order_id, version=collected.version)
    work.signal(signal_of(order_id))
    return collected


async def _lock(work: Work, order_id: UUID, actor: Actor) -> AnyRow:
    """The order, locked, in a cycle that is not being settled."""
    seen = await order_or_not_found(work.connection, order_id, actor)
    cycle = await orders_repository.share_cycle(work.connection, seen.cycle_id)
    order = await orders_repository.lock_order(work.connection, order_id)
    if order is None or order.status not in ("confirmed", "ready", "collected"):
        raise Conflict("order_not_collectable", "An order that is {status} can't be collected", status=seen.status)
    if cycle.settling_at is not None:
        raise Conflict("cycle_settled", "This cycle is settled; what came later belongs to the next one")
    return order


def _packable(line: Mapping[str, Any]) -> Packable:
    allocated = None if line["allocated"] is None else Decimal(line["allocated"])
    return Packable(UUID(line["line_id"]), line["name"], allocated, Decimal(line["most"]))


def _item(line: Mapping[str, Any], quantities: Mapping[UUID, Decimal]) -> Item:
    quantity = quantities[UUID(line["line_id"])]
    return Item(line["price"], line["unit"], quantity, line["credit_share"], hub_fees(line["hub_fees"]))


def _cash(handover: Handover, due: int, currency: str) -> int | None:
    """The cash that was paid, in minor units; None where the account pays."""
    amount = handover.amount
    if handover.method == "account":
        if amount is not None:
            raise Invalid("amount_of_account", "The account pays what is due; leave the amount out", field=_AMOUNT)
        return None
    if amount is None:
        return due
    if amount.currency != currency:
        raise Invalid("currency_foreign", "Pay in {currency}", field="/payment/amount/currency", currency=currency)
    if amount.minor < 0:
        raise Invalid("amount_negative", "An amount is zero or more", field=_AMOUNT)
    return amount.minor


def _same(order: AnyRow, quantities: Mapping[UUID, Decimal], method: str, paid: int | None) -> bool:
    """Whether an order was collected with just these figures."""
    before = {UUID(line["line_id"]): Decimal(line["packed"]) for line in order.lines}
    return before == dict(quantities) and (order.payment, order.paid) == (method, paid)
