"""Use cases of orders: what becomes of them once they are placed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.orders import OrderCancelled, OrderConfirmed, OrderRejected
from kit.actor import Actor
from kit.database import Work
from kit.errors import Conflict, NotFound
from kit.metrics import ALARMS
from orders.base import AnyRow
from orders.cycles.rules.dates import CycleDates, cycle_status
from orders.ordering.events import order_fact
from orders.ordering.repository import orders as repository
from orders.ordering.repository.orders import Answered
from orders.ordering.rules.placing import closed
from orders.ordering.rules.saga import Answer, Decision, Given, OrderStanding, decide

log = structlog.get_logger()

#: Orders that are given up in one transaction.
OVERDUE_AT_ONCE = 200


def signal_of(order_id: UUID) -> str:
    """What those who wait for an order's outcome listen to."""
    return f"order:{order_id}"


def may_see(actor: Actor, member_id: UUID) -> bool:
    """A member's own users see its orders, and those who run the cycle."""
    return actor.acts_for(member_id) or actor.has("coordinator", "treasurer")


async def order_or_not_found(connection: AsyncConnection, order_id: UUID, actor: Actor) -> AnyRow:
    """The order, if the actor may see it. Raises NotFound: that there is an order of others is not told either."""
    order = await repository.order_by_id(connection, order_id)
    return _visible(order, actor)


def _visible(order: AnyRow | None, actor: Actor) -> AnyRow:
    if order is None or not may_see(actor, order.member_id):
        raise NotFound("order_not_found", "There is no such order")
    return order


async def answered(work: Work, of: Literal["stock", "funds"], answers: Mapping[UUID, Given]) -> None:
    """Takes answers to many orders at once; each order is confirmed, rejected, left waiting or left alone."""
    noted: list[Answered] = []
    lacking: list[Answered] = []
    orders = await repository.lock_orders(work.connection, list(answers))
    shared = await _shared_out(work, [order for order in orders if answers[order.id].answer == "refused"])
    for order in orders:
        given = answers[order.id]
        stock = given if of == "stock" else earlier_answer(order.stock_answer)
        funds = given if of == "funds" else earlier_answer(order.funds_answer)
        standing = OrderStanding(order.status, order.deadline, order.id in shared)
        decision = decide(standing, stock, funds, work.now)
        if decision.outcome == "leave":
            continue
        reasons = [_named(reason, order.lines) for reason in decision.reasons]
        told = Answered(order.id, given.answer, decision.outcome, reasons)
        (lacking if decision.outcome == "alarm" else noted).append(told)
        _tell(work, order, decision)
    if noted:
        await repository.note_answers(work.connection, of, noted, work.now)
    if lacking:
        await repository.note_lacking(work.connection, lacking)
        _raise_alarm(of, lacking)


async def _shared_out(work: Work, refused: Sequence[AnyRow]) -> set[UUID]:
    """Those of these orders, locked, for which something that came has been shared out."""
    confirmed = [order.id for order in refused if order.status == "confirmed"]
    return await repository.shared_out(work.connection, confirmed) if confirmed else set()


def _raise_alarm(of: Literal["stock", "funds"], lacking: Sequence[Answered]) -> None:
    """Says it where operators look: a confirmed order, too late to be rejected, is without its goods or money."""
    ALARMS.labels(f"order_without_{of}").inc(len(lacking))
    for item in lacking:
        log.error("order_lacks", order=str(item.order_id), what=of, codes=[reason["code"] for reason in item.reasons])


def earlier_answer(answer: Answer | None) -> Given | None:
    """An answer noted before; a refusal would have ended the order then."""
    return None if answer is None else Given(answer)


def _named(reason: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The reason with the name and the line of the variant that it is about."""
    line = next((line for line in lines if line["variant_id"] == reason.get("variant_id")), None)
    return {**reason, "line_id": line["line_id"], "name": line["name"]} if line else dict(reason)


def _tell(work: Work, order: AnyRow, decision: Decision) -> None:
    if decision.outcome == "confirm":
        work.stage(order_fact(OrderConfirmed, order, "confirmed"), subject=order.id, version=order.version + 1)
    if decision.outcome == "reject":
        work.stage(order_fact(OrderRejected, order, "rejected"), subject=order.id, version=order.version + 1)
    if decision.outcome != "wait":
        work.signal(signal_of(order.id))


async def reject_overdue(work: Work) -> None:
    """Gives up orders whose answers did not come in time."""
    orders = await repository.lock_overdue(work.connection, work.now, OVERDUE_AT_ONCE)
    late: list[AnyRow] = []
    reasons: Sequence[Mapping[str, Any]] = ()
    for order in orders:
        decision = decide(
            OrderStanding(order.status, order.deadline),
            earlier_answer(order.stock_answer),
            earlier_answer(order.funds_answer),
            work.now,
        )
        if decision.outcome == "reject":
            late.append(order)
            reasons = decision.reasons
            _tell(work, order, decision)
    if late:
        await repository.end_orders(work.connection, [order.id for order in late], "rejected", reasons, work.now)


async def cancel(work: Work, order_id: UUID, actor: Actor, zone: str) -> AnyRow:
    """Cancels an order until its cycle closes; cancelling it again changes nothing. Raises NotFound, Conflict."""
    seen = await order_or_not_found(work.connection, order_id, actor)
    cycle = await repository.share_cycle(work.connection, seen.cycle_id)
    order = _visible(await repository.lock_order(work.connection, order_id), actor)
    if order.status == "cancelled":
        return order
    if order.status not in ("placed", "confirmed"):
        raise Conflict("order_not_cancellable", "An order that is {status} can't be cancelled", status=order.status)
    if not _takes_changes(cycle, work.now):
        raise closed(cycle.closes_at.astimezone(ZoneInfo(zone)))
    await repository.end_orders(work.connection, [order_id], "cancelled", [], work.now)
    work.stage(order_fact(OrderCancelled, order, "cancelled"), subject=order_id, version=order.version + 1)
    work.signal(signal_of(order_id))
    return _visible(await repository.order_by_id(work.connection, order_id), actor)


def _takes_changes(cycle: AnyRow, now: datetime) -> bool:
    dates = CycleDates(cycle.opens_at, cycle.closes_at, cycle.stopped_at, cycle.settling_at, cycle.settled_at)
    return cycle_status(dates, now) == "open"
