"""From an order's row to what is shown of it, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from contracts.values import Money
from kit.language import Texts
from orders.base import AnyRow
from orders.cycles.schemas import PricePart
from orders.ordering import schemas
from orders.ordering.events import holds
from orders.ordering.wording import allocation_text, reason_text


class Reader:
    """Who reads: the catalogue of texts, and the language chosen."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def tell(self, message: str, params: Mapping[str, object] | None = None) -> str:
        """The message in the reader's language."""
        return self._texts.say(self._language, message, params)


def order_body(order: AnyRow, reader: Reader) -> schemas.Order:
    """The whole order."""
    currency = order.currency
    ordered = Money.of_minor(order.total, currency)
    return schemas.Order(
        id=order.id,
        number=order.number,
        status=order.status,
        cycle_id=order.cycle_id,
        pickup_point_id=order.pickup_point_id,
        member_id=order.member_id,
        lines=[_line(line, currency, reader) for line in order.lines],
        total=ordered if order.billed is None else Money.of_minor(order.billed, currency),
        ordered_total=ordered,
        breakdown=[PricePart.model_validate(part) for part in order.breakdown],
        credit=Money.of_minor(order.credit, order.credit_currency) if order.credit else None,
        holds=holds(order.hold, currency, order.credit, order.credit_currency),
        reasons=reasons_body(order, reader),
        placed_at=order.placed_at,
        deadline=order.deadline,
        collected_at=order.collected_at,
        payment=order.payment,
        paid=None if order.paid is None else Money.of_minor(order.paid, currency),
    )


def reasons_body(order: AnyRow, reader: Reader) -> list[schemas.Reason]:
    """Why the order was rejected, in words."""
    return [
        schemas.Reason.model_validate({**reason, "detail": reader.tell(*reason_text(reason))})
        for reason in order.reasons
    ]


def _line(line: Mapping[str, Any], currency: str, reader: Reader) -> schemas.Line:
    return schemas.Line.model_validate(
        {
            **line,
            "price": Money.of_minor(line["price"], currency),
            "total": Money.of_minor(line["total"], currency),
            "billed": None if line["billed"] is None else Money.of_minor(line["billed"], currency),
            "allocation": _allocation(line["allocation"], reader),
        }
    )


def _allocation(allocation: Mapping[str, Any] | None, reader: Reader) -> dict[str, Any] | None:
    if allocation is None:
        return None
    return {**allocation, "reason": reader.tell(*allocation_text(allocation))}
