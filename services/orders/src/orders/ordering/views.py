"""From an order's row to what is shown of it, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.language import Texts, texts_of
from orders.base import AnyRow
from orders.cycles.rules.explained import CostShare, explained_document, share_documents
from orders.cycles.rules.fees import PricePart
from orders.cycles.rules.money import money
from orders.cycles.rules.offers import part_document
from orders.ordering.wording import allocation_text, reason_text


class Reader:
    """Who reads: the catalogue of texts, and the language chosen."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def tell(self, message: str, params: Mapping[str, object] | None = None) -> str:
        """The message in the reader's language."""
        return self._texts.say(self._language, message, params)


def order_body(order: AnyRow, reader: Reader) -> dict[str, Any]:
    """The whole order as `schemas.Order` describes it; made by hand, for it is the answer of the hottest requests."""
    currency = order.currency
    ordered = money(order.total, currency)
    held = [money(order.hold, currency)] if order.hold else []
    credit = money(order.credit, order.credit_currency) if order.credit else None
    return {
        "id": str(order.id),
        "number": order.number,
        "status": order.status,
        "cycle_id": str(order.cycle_id),
        "pickup_point_id": str(order.pickup_point_id),
        "member_id": str(order.member_id),
        "lines": [_line(line, currency, reader) for line in order.lines],
        "total": ordered if order.billed is None else money(order.billed, currency),
        "ordered_total": ordered,
        "breakdown": order.breakdown,
        "credit": credit,
        "holds": [*held, credit] if credit else held,
        "reasons": reasons_body(order, reader),
        "placed_at": _instant(order.placed_at),
        "deadline": _instant(order.deadline),
        "collected_at": _instant(order.collected_at),
        "payment": order.payment,
        "paid": None if order.paid is None else money(order.paid, currency),
    }


def reasons_body(order: AnyRow, reader: Reader) -> list[dict[str, Any]]:
    """Why the order was rejected, in words."""
    return [{**reason, "detail": reader.tell(*reason_text(reason))} for reason in order.reasons]


def _line(line: Mapping[str, Any], currency: str, reader: Reader) -> dict[str, Any]:
    return {
        "line_id": line["line_id"],
        "variant_id": line["variant_id"],
        "producer_id": line["producer_id"],
        "name": line["name"],
        "unit": line["unit"],
        "quantity": line["quantity"],
        "tolerance": line["tolerance"],
        "price": money(line["price"], currency),
        "total": money(line["total"], currency),
        "breakdown": _breakdown(line, currency),
        "explained": _explained(line, currency),
        "hub_offer_id": line["hub_offer_id"],
        "allocated": line["allocated"],
        "allocation": _allocation(line["allocation"], reader),
        "packed": line["packed"],
        "billed": None if line["billed"] is None else money(line["billed"], currency),
    }


def _breakdown(line: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """The line's parts. There are none of lines that were placed before they were kept."""
    parts = line["parts"]
    if parts is None:
        return []
    producer = part_document(PricePart(line["producer_name"], line["producer_id"], parts["goods"]), currency)
    if parts["made_of"] is not None:
        shares = [CostShare(share["kind"], share["minor"]) for share in parts["made_of"]]
        producer["made_of"] = share_documents(shares, currency)
    fees = [PricePart(fee["name"], fee["payee"], fee["minor"]) for fee in parts["fees"]]
    return [producer, *(part_document(fee, currency) for fee in fees)]


def _explained(line: Mapping[str, Any], currency: str) -> dict[str, Any] | None:
    diagnosis = line["diagnosis"]
    return None if diagnosis is None else explained_document(diagnosis, line["price"], currency, texts_of("orders"))


def _allocation(allocation: Mapping[str, Any] | None, reader: Reader) -> dict[str, Any] | None:
    if allocation is None:
        return None
    return {**allocation, "reason": reader.tell(*allocation_text(allocation))}


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
