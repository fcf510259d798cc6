"""An order as the pieces that reserve, hold and let go need to know it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.orders import OrderedLine, OrderState, OrderStatus
from contracts.values import Money
from orders.base import AnyRow


def order_fact[F: OrderState](kind: type[F], order: AnyRow, status: OrderStatus) -> F:
    """The fact of that kind from an order's row with its lines."""
    return kind(
        order_id=order.id,
        number=order.number,
        status=status,
        cycle_id=order.cycle_id,
        pickup_point_id=order.pickup_point_id,
        member_id=order.member_id,
        lines=ordered_lines(order.lines),
        total=Money.of_minor(order.total, order.currency),
        holds=holds(order.hold, order.currency, order.credit, order.credit_currency),
        deadline=order.deadline,
    )


def ordered_lines(lines: Iterable[Mapping[str, Any]]) -> list[OrderedLine]:
    """An order's lines from JSON."""
    return [
        OrderedLine(
            line_id=line["line_id"],
            variant_id=line["variant_id"],
            producer_id=line["producer_id"],
            name=line["name"],
            quantity=Decimal(line["quantity"]),
            tolerance=Decimal(line["tolerance"]),
            packed=None if line["packed"] is None else Decimal(line["packed"]),
        )
        for line in lines
    ]


def holds(hold: int, currency: str, credit: int, credit_currency: str | None) -> list[Money]:
    """What is to be set aside: money, and community credit; nothing is not asked for."""
    found = [Money.of_minor(hold, currency)] if hold else []
    if credit and credit_currency:
        found.append(Money.of_minor(credit, credit_currency))
    return found


def placed_fact[F: OrderState](
    kind: type[F], values: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], status: OrderStatus
) -> F:
    """The fact of a new order, from what is about to be written."""
    deadline: datetime = values["deadline"]
    order_id: UUID = values["id"]
    return kind(
        order_id=order_id,
        number=values["number"],
        status=status,
        cycle_id=values["cycle_id"],
        pickup_point_id=values["pickup_point_id"],
        member_id=values["member_id"],
        lines=ordered_lines({**line, "line_id": line["id"], "packed": None} for line in lines),
        total=Money.of_minor(values["total"], values["currency"]),
        holds=holds(values["hold"], values["currency"], values["credit"], values["credit_currency"]),
        deadline=deadline,
    )
