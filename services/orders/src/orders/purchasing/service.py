"""Closing a cycle. It takes two steps, so that no order under way is missed:

first no more orders are taken (`stopped_at`), then, once each order has its answer (at the latest when its deadline has
passed), demand is made into whole cases and purchase orders (`closed_at`).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.orders import CycleClosed
from contracts.values import plain
from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.ids import new_id
from orders.base import AnyRow
from orders.cycles.events import cycle_fact
from orders.cycles.repository import cycles as cycles_repository
from orders.cycles.service import cycle_or_not_found
from orders.numbers import purchase_order_number
from orders.ordering.repository import orders as orders_repository
from orders.purchasing import repository
from orders.purchasing.rules import whole_cases
from orders.settings import Settings

#: Cycles that one run of the job closes.
AT_ONCE = 10


def signal_of(cycle_id: UUID) -> str:
    """What those who wait for a cycle's closing listen to."""
    return f"cycle:{cycle_id}"


async def stop(work: Work, cycle_id: UUID) -> None:
    """From now on the cycle takes no orders. Raises NotFound, and Conflict for one that has not opened."""
    cycle = await cycles_repository.lock_cycle(work.connection, cycle_id)
    if cycle is None:
        raise NotFound("cycle_not_found", "There is no such cycle")
    if work.now < cycle.opens_at:
        raise Conflict("cycle_not_open", "This cycle is not open yet")
    if cycle.stopped_at is None:
        await cycles_repository.mark_cycle(work.connection, cycle_id, stopped_at=work.now)


async def finish(work: Work, cycle_id: UUID, settings: Settings) -> bool:
    """Makes the purchase orders of a stopped cycle, once. False while one of its orders still waits for an answer."""
    cycle = await cycles_repository.lock_cycle(work.connection, cycle_id)
    if cycle is None or cycle.stopped_at is None:
        return False
    if cycle.closed_at is not None:
        return True
    if await orders_repository.any_undecided(work.connection, cycle_id):
        return False
    await _purchase(work, cycle, settings)
    version = await cycles_repository.mark_cycle(work.connection, cycle_id, closed_at=work.now)
    closed = await cycle_or_not_found(work.connection, cycle_id)
    work.stage(cycle_fact(CycleClosed, closed), subject=cycle_id, version=version)
    work.signal(signal_of(cycle_id))
    return True


async def _purchase(work: Work, cycle: AnyRow, settings: Settings) -> None:
    demand = await repository.demand(work.connection, cycle.id)
    cases = {row.variant_id: whole_cases(row.quantity, row.tolerance, row.case_size) for row in demand}
    left_out = {row.variant_id: _no_whole_case(row, cycle.sharing) for row in demand if not cases[row.variant_id]}
    if left_out:
        await repository.allocate_nothing(work.connection, cycle.id, left_out)
        await orders_repository.mark_ready(work.connection, cycle.id)
    wanted = [row for row in demand if cases[row.variant_id]]
    suppliers = [(key, list(rows)) for key, rows in groupby(wanted, lambda row: UUID(str(row.producer_id)))]
    serials = await repository.serials(work.connection, len(suppliers))
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for (supplier_id, rows), serial in zip(suppliers, serials, strict=True):
        number = purchase_order_number(settings.number_prefix, settings.zone, work.now, serial)
        orders.append(_order(cycle, supplier_id, rows[0].producer_name, number, work.now))
        lines += [_line(orders[-1]["id"], row, cases[row.variant_id]) for row in rows]
    if orders:
        await repository.add_purchase_orders(work.connection, orders, lines)


def _order(cycle: AnyRow, supplier_id: UUID, name: str, number: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "number": number,
        "cycle_id": cycle.id,
        "supplier_id": supplier_id,
        "supplier_name": name,
        "currency": cycle.currency,
        "created_at": now,
    }


def _line(purchase_order_id: UUID, row: AnyRow, cases: int) -> dict[str, Any]:
    return {
        "purchase_order_id": purchase_order_id,
        "variant_id": row.variant_id,
        "name": row.name,
        "unit": row.unit,
        "requested": row.quantity,
        "tolerance": row.tolerance,
        "case_size": row.case_size,
        "cases": cases,
        "ordered": cases * row.case_size,
        "goods": row.goods,
    }


def _no_whole_case(row: AnyRow, sharing: str) -> dict[str, Any]:
    wanted, case_size = Decimal(row.quantity), Decimal(row.case_size)
    return {
        "rule": sharing,
        "code": "no_whole_case",
        "inputs": {"wanted": plain(wanted), "tolerance": plain(row.tolerance), "case_size": plain(case_size)},
    }


async def close_due(work: Work, settings: Settings) -> None:
    """Closes cycles whose time has come: late rather than never, and once."""
    for cycle_id in await cycles_repository.cycles_to_close(work.connection, work.now, AT_ONCE):
        await stop(work, cycle_id)
        await finish(work, cycle_id, settings)


async def purchase_orders_of(
    connection: AsyncConnection, cycle_id: UUID, suppliers: Sequence[UUID] | None
) -> Sequence[AnyRow]:
    """A cycle's purchase orders, of these suppliers or of all. Raises NotFound."""
    await cycle_or_not_found(connection, cycle_id)
    return await repository.purchase_orders(connection, cycle_id, suppliers)


async def purchase_order_or_not_found(connection: AsyncConnection, purchase_order_id: UUID) -> AnyRow:
    """The purchase order with its newest receipts. Raises NotFound."""
    order = await repository.purchase_order(connection, purchase_order_id)
    if order is None:
        raise NotFound("purchase_order_not_found", "There is no such purchase order")
    return order
