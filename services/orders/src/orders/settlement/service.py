"""Settling a cycle: compute all transfers, hand them to the ledger, and know when it has them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID, uuid5

from contracts.orders import CycleSettled
from kit.database import Work
from kit.errors import Conflict, NotFound
from orders.base import AnyRow
from orders.cycles.events import cycle_fact
from orders.cycles.repository import cycles as cycles_repository
from orders.cycles.rules.hubs import hub_fees
from orders.cycles.service import cycle_or_not_found, tariff_of
from orders.ordering.repository import orders as orders_repository
from orders.ordering.rules.pricing import Item
from orders.settings import Settings
from orders.settlement import repository
from orders.settlement.events import Say, computed
from orders.settlement.rules import Accepted, Entry, SoldLine, SoldOrder, parts, settle

#: Transfers in one message: well below what the broker takes.
PART_SIZE = 400

type Uncollected = Literal["charge", "release"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What becomes of orders that nobody collected: charged as allocated, or let go. None: they are asked about."""

    uncollected: Uncollected | None


async def settle_cycle(work: Work, cycle_id: UUID, wish: Wish, settings: Settings, say: Say) -> None:
    """Computes the settlement of a closed cycle, once; again, nothing changes.

    Raises NotFound, and Conflict for a cycle that is not closed, has deliveries not received or orders not collected.
    """
    locked = await cycles_repository.lock_cycle(work.connection, cycle_id)
    if locked is None:
        raise NotFound("cycle_not_found", "There is no such cycle")
    if locked.settling_at is not None:
        return
    if locked.closed_at is None:
        raise Conflict("cycle_not_closed", "Close this cycle first, and wait for its purchase orders")
    accepted = await repository.accepted(work.connection, cycle_id)
    _check_received(accepted)
    sold = await repository.sold(work.connection, cycle_id)
    _check_collected(sold, wish.uncollected)
    cycle = await cycle_or_not_found(work.connection, cycle_id)
    # A big cycle takes seconds to compute: others are answered meanwhile.
    entries = await asyncio.to_thread(
        settle,
        cycle_id,
        tariff_of(cycle.currency, cycle.fees),
        settings.credit_currency,
        [_sold(order, wish.uncollected) for order in sold],
        [_accepted(line) for line in accepted],
    )
    await cycles_repository.mark_cycle(work.connection, cycle_id, settling_at=work.now)
    to_ledger = settings.deployed("members") and bool(entries or sold)
    await _hand_over(work, cycle_id, entries, [order.id for order in sold], say if to_ledger else None)
    if not to_ledger:
        await _settled(work, cycle_id)


def _check_received(lines: Sequence[AnyRow]) -> None:
    missing = sorted({line.number for line in lines if line.accepted is None})
    if missing:
        raise Conflict(
            "not_all_received",
            "Purchase orders not received yet: {numbers}; what did not come is received as 0",
            numbers=", ".join(missing[:10]),
        )


def _check_collected(orders: Sequence[AnyRow], uncollected: Uncollected | None) -> None:
    missing = [order.number for order in orders if order.status != "collected" and _allocated(order)]
    if missing and uncollected is None:
        raise Conflict(
            "not_all_collected",
            "Orders not collected: {numbers}; collect them, or say whether to charge or to release them",
            numbers=", ".join(missing[:10]),
        )


def _allocated(order: AnyRow) -> bool:
    return any(Decimal(line["allocated"] or 0) for line in order.lines)


def _sold(order: AnyRow, uncollected: Uncollected | None) -> SoldOrder:
    return SoldOrder(
        order_id=order.id,
        member_id=order.member_id,
        number=order.number,
        lines=tuple(_sold_line(line, order.status == "collected", uncollected) for line in order.lines),
        credit=order.credit,
        cash=order.paid or 0,
    )


def _sold_line(line: Mapping[str, Any], collected: bool, uncollected: Uncollected | None) -> SoldLine:
    quantity = line["packed"] if collected else line["allocated"] if uncollected == "charge" else None
    return SoldLine(
        UUID(line["producer_id"]),
        Item(line["price"], line["unit"], Decimal(quantity or 0), line["credit_share"], hub_fees(line["hub_fees"])),
    )


def _accepted(line: AnyRow) -> Accepted:
    price = Fraction(line.goods) / Fraction(line.requested)
    return Accepted(line.purchase_order_id, line.supplier_id, line.number, line.accepted, price)


async def _hand_over(
    work: Work, cycle_id: UUID, entries: Sequence[Entry], order_ids: Sequence[UUID], say: Say | None
) -> None:
    """Keeps the transfers, and asks the ledger for them, part by part; without a ledger they are its statement."""
    split = parts(entries, PART_SIZE)
    ids = [uuid5(cycle_id, f"settlement:{number}") for number in range(1, len(split) + 1)]
    posted_at = work.now if say is None else None
    await repository.add_settlement(
        work.connection,
        [
            {"id": part_id, "cycle_id": cycle_id, "part": number, "parts": len(split), "posted_at": posted_at}
            for number, part_id in enumerate(ids, start=1)
        ],
        [
            _entry_row(entry, part_id, position)
            for part_id, part in zip(ids, split, strict=True)
            for position, entry in enumerate(part)
        ],
    )
    if say is None:
        return
    ending = _orders_by_part(split, order_ids)
    for number, (part_id, part) in enumerate(zip(ids, split, strict=True), start=1):
        fact = computed(cycle_id, part_id, (number, len(split)), entries=part, order_ids=ending[number - 1], say=say)
        work.stage(fact, subject=part_id, version=1)


def _orders_by_part(split: Sequence[Sequence[Entry]], order_ids: Sequence[UUID]) -> list[list[UUID]]:
    """Each order's holds end with the last part that has a transfer of it, those of nothing with the first."""
    last = {entry.cause_id: index for index, part in enumerate(split) for entry in part}
    ending: list[list[UUID]] = [[] for _ in split]
    for order_id in order_ids:
        ending[last.get(order_id, 0)].append(order_id)
    return ending


def _entry_row(entry: Entry, part_id: UUID, position: int) -> dict[str, Any]:
    return {
        "id": entry.entry_id,
        "part_id": part_id,
        "position": position,
        "debit": entry.debit,
        "credit": entry.credit,
        "minor": entry.minor,
        "currency": entry.currency,
        "cause": entry.cause,
        "cause_id": entry.cause_id,
        "reference": entry.reference,
    }


async def posted(work: Work, part_ids: Sequence[UUID]) -> None:
    """The ledger has these parts; a cycle of which it has them all is settled."""
    cycle_ids = await repository.cycles_of_parts(work.connection, part_ids)
    for cycle_id in cycle_ids:
        await cycles_repository.lock_cycle(work.connection, cycle_id)
    await repository.note_posted(work.connection, part_ids, work.now)
    for cycle_id in cycle_ids:
        cycle = await cycle_or_not_found(work.connection, cycle_id)
        if cycle.settled_at is None and not await repository.any_unposted(work.connection, cycle_id):
            await _settled(work, cycle_id)


async def _settled(work: Work, cycle_id: UUID) -> None:
    version = await cycles_repository.mark_cycle(work.connection, cycle_id, settled_at=work.now)
    await orders_repository.mark_settled(work.connection, cycle_id)
    cycle = await cycle_or_not_found(work.connection, cycle_id)
    work.stage(cycle_fact(CycleSettled, cycle), subject=cycle_id, version=version)
