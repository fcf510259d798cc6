"""The price of a row."""

from decimal import ROUND_HALF_EVEN, Decimal

from contracts.values import LARGEST_AMOUNT, Money, scale
from kit.errors import Invalid


def price(amount: Decimal | None, currency: str, column: str) -> Money:
    """A price above nothing in the network's money, rounded once, half-even. Raises Invalid with the column."""
    if amount is None:
        raise Invalid("missing", "Must not be empty", field=column)
    if not 0 < amount < LARGEST_AMOUNT:
        raise Invalid("price_not_positive", "A price must be more than zero", field=column)
    rounded = amount.quantize(Decimal(1).scaleb(-scale(currency)), ROUND_HALF_EVEN)
    if rounded == 0:
        raise Invalid("price_not_positive", "A price must be more than zero", field=column)
    return Money(amount=rounded, currency=currency)
