"""From the stock's facts to the contract's events."""

from decimal import Decimal
from uuid import UUID

from catalog.stock.rules import Missing, Stock
from contracts.catalog import MissingStock, StockChanged, StockRefused, StockReserved
from contracts.values import LARGEST_QUANTITY

#: A sum of lines may pass what a quantity can say.
_MOST = LARGEST_QUANTITY - Decimal("0.001")


def changed(stock: Stock) -> StockChanged | None:
    """What is left, for those who show it; None where nobody counts it or nobody can order it."""
    if stock.available is None or not stock.offered:
        return None
    return StockChanged(variant_id=stock.variant_id, available=stock.available)


def reserved(order_id: UUID) -> StockReserved:
    return StockReserved(order_id=order_id)


def refused(order_id: UUID, missing: tuple[Missing, ...]) -> StockRefused:
    return StockRefused(
        order_id=order_id,
        reasons=[
            MissingStock(
                variant_id=lacking.variant_id,
                code=lacking.code,
                requested=min(lacking.requested, _MOST),
                available=lacking.available,
            )
            for lacking in missing
        ],
    )
