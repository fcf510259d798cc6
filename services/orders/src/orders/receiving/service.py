"""Receiving a delivery, and sharing it among those who ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.values import plain
from kit.database import Work
from kit.errors import Conflict, Invalid, NotFound
from orders.base import AnyRow
from orders.cycles.repository import cycles as cycles_repository
from orders.ordering.repository import orders as orders_repository
from orders.purchasing.service import purchase_order_or_not_found
from orders.receiving import repository
from orders.receiving.events import delivery_fact
from orders.receiving.rules import Change, Policy, Share, grain, share


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a variant."""

    variant_id: UUID
    accepted: Decimal
    rejected: Decimal
    reason: str | None
    lot: str | None


async def receive(work: Work, purchase_order_id: UUID, delivered: Sequence[Delivered], received_by: UUID) -> AnyRow:
    """Notes a delivery and shares it out; again for the same variant, it corrects what was noted before.

    Raises NotFound, Invalid with a pointer, Conflict once an order that it concerns was collected.
    """
    order = await repository.lock_purchase_order(work.connection, purchase_order_id)
    if order is None:
        raise NotFound("purchase_order_not_found", "There is no such purchase order")
    lines = {line.variant_id: line for line in await repository.lines(work.connection, purchase_order_id)}
    _check(delivered, lines)
    variants = [item.variant_id for item in delivered]
    cycle = await _unsettled_cycle(work, order.cycle_id)
    await _lock_uncollected(work, order.cycle_id, variants)
    await repository.add_receipts(
        work.connection,
        [
            {
                "purchase_order_id": purchase_order_id,
                "variant_id": item.variant_id,
                "accepted": item.accepted,
                "rejected": item.rejected,
                "reason": item.reason,
                "lot": item.lot,
                "corrects": lines[item.variant_id].last_receipt,
                "received_at": work.now,
                "received_by": received_by,
            }
            for item in delivered
        ],
    )
    await _share(work, cycle, delivered, {variant: lines[variant].unit for variant in variants})
    await orders_repository.mark_ready(work.connection, order.cycle_id)
    noted = await purchase_order_or_not_found(work.connection, purchase_order_id)
    received = await repository.received(work.connection, purchase_order_id)
    work.stage(delivery_fact(noted, received), subject=purchase_order_id, version=received.version)
    return noted


def _check(delivered: Sequence[Delivered], lines: Mapping[UUID, AnyRow]) -> None:
    seen: set[UUID] = set()
    for index, item in enumerate(delivered):
        where = f"/lines/{index}/variant_id"
        if item.variant_id not in lines:
            raise Invalid("variant_not_ordered", "This purchase order has no such variant", field=where)
        if item.variant_id in seen:
            raise Invalid("variant_twice", "Write each variant once", field=where)
        seen.add(item.variant_id)


async def _unsettled_cycle(work: Work, cycle_id: UUID) -> AnyRow:
    """The cycle, locked: its settlement waits for what is being received."""
    cycle = await cycles_repository.lock_cycle(work.connection, cycle_id)
    if cycle is None or cycle.settling_at is not None:
        raise Conflict("cycle_settled", "This cycle is settled; what came later belongs to the next one")
    return cycle


async def _lock_uncollected(work: Work, cycle_id: UUID, variants: Sequence[UUID]) -> None:
    orders = await repository.lock_orders(work.connection, cycle_id, variants)
    collected = [order.number for order in orders if order.status == "collected"]
    if collected:
        raise Conflict(
            "already_collected",
            "Orders with this were collected already: {numbers}",
            numbers=", ".join(collected[:10]),
        )


async def _share(work: Work, cycle: AnyRow, delivered: Sequence[Delivered], units: Mapping[UUID, str]) -> None:
    logs: dict[UUID, list[AnyRow]] = {item.variant_id: [] for item in delivered}
    for entry in await repository.queue_log(work.connection, cycle.id, list(logs)):
        logs[entry.variant_id].append(entry)
    rows: list[dict[str, Any]] = []
    for item in delivered:
        rows += shared_out(cycle.sharing, item.accepted, logs[item.variant_id], units[item.variant_id])
    if rows:
        await repository.allocate(work.connection, rows)


def shared_out(policy: Policy, accepted: Decimal, log: Sequence[AnyRow], unit: str) -> list[dict[str, Any]]:
    """What each line of a variant gets, with the rule, its inputs and the reason."""
    changes = [Change(entry.line_id, _thousandths(entry.quantity), _thousandths(entry.tolerance)) for entry in log]
    amounts = [abs(amount) for change in changes for amount in (change.quantity, change.tolerance)]
    step = grain(unit, max((_thousandths(entry.step) for entry in log), default=1), amounts)
    available = _thousandths(accepted)
    shares = share(policy, available, changes, step)
    wanted = sum(item.quantity for item in shares)
    return [_row(policy, available, wanted, item) for item in shares]


def _row(policy: Policy, available: int, wanted: int, item: Share) -> dict[str, Any]:
    inputs = {
        "available": _units(available),
        "wanted": _units(wanted),
        "quantity": _units(item.quantity),
        "tolerance": _units(item.tolerance),
        "extra": _units(max(item.allocated - item.quantity, 0)),
    }
    if item.before is not None:
        inputs["before"] = _units(item.before)
    return {
        "line_id": str(item.line_id),
        "allocated": _units(item.allocated),
        "allocation": {"rule": policy, "code": item.reason, "inputs": inputs},
    }


def _thousandths(amount: Decimal) -> int:
    return int(amount.scaleb(3))


def _units(thousandths: int) -> str:
    return plain(Decimal(thousandths).scaleb(-3))
