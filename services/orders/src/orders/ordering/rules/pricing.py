"""What an order comes to: lines rounded once, fees that add up, the credit it may use, the most it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from orders.cycles.rules.fees import ORDER_KINDS, PricePart, Tariff, highest_order_fee, order_fee, unit_parts
from orders.cycles.rules.hubs import HubFee
from orders.cycles.rules.shares import apportion

#: What a line whose weight varies may weigh above what was ordered.
WEIGHT_MARGIN = Decimal("1.1")
_MILLI = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Item:
    """A quantity of something at a price per unit (minor units); `credit_share` is per cent. `fees` are those of a hub
    offer: they come on top of the cycle's."""

    price: int
    unit: str
    quantity: Decimal
    credit_share: int = 0
    fees: tuple[HubFee, ...] = ()


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What one line costs: `total` is the goods' part and the fees' parts, one for each fee of the tariff and one for
    each of the item's own."""

    total: int
    goods: int
    fees: tuple[int, ...]
    hub_fees: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """What an order costs, in minor units; `order_fees` has one entry for each fee of the tariff."""

    lines: tuple[BilledLine, ...]
    order_fees: tuple[int, ...]

    @property
    def goods(self) -> int:
        """The producers' part."""
        return sum(line.goods for line in self.lines)

    @property
    def fees(self) -> list[int]:
        """Each fee of the tariff, of all lines and of the order as a whole; not those of hub offers."""
        of_lines = (line.fees for line in self.lines)
        return [sum(parts) for parts in zip(self.order_fees, *of_lines, strict=True)]

    @property
    def total(self) -> int:
        """All that the member pays."""
        return sum(line.total for line in self.lines) + sum(self.order_fees)


def bill(tariff: Tariff, items: Sequence[Item]) -> Bill:
    """The bill for these quantities. An order of nothing costs nothing, fees per order included."""
    lines = tuple(_line(tariff, item) for item in items)
    goods = sum(line.goods for line in lines)
    anything = any(item.quantity for item in items)
    order_fees = tuple(order_fee(fee, tariff.currency, goods) if anything else 0 for fee in tariff.fees)
    return Bill(lines, order_fees)


def _line(tariff: Tariff, item: Item) -> BilledLine:
    exact = _exact(tariff, item)
    total = _total(exact, item)
    goods, *fees = apportion(total, exact)
    count = len(tariff.fees)
    return BilledLine(total, goods, tuple(fees[:count]), tuple(fees[count:]))


def _exact(tariff: Tariff, item: Item) -> list[Fraction]:
    """Exact minor units per unit of quantity: the producer's price, each fee of the tariff, each of the item's own."""
    return [*unit_parts(tariff, item.price, item.unit), *(Fraction(fee.minor) for fee in item.fees)]


def _total(exact: Sequence[Fraction], item: Item) -> int:
    """Rounded once, half-even, with all that is paid by quantity."""
    return round(Fraction(item.quantity) * sum(exact, Fraction(0)))


def credit_limits(billed: Bill, items: Sequence[Item]) -> list[int]:
    """The most of each line that may be paid in community credit, rounded down; fees are paid in money."""
    return [line.goods * item.credit_share // 100 for line, item in zip(billed.lines, items, strict=True)]


def credit_by_line(billed: Bill, items: Sequence[Item], agreed: int) -> list[int]:
    """How much credit each line takes of what was agreed, as far as the bill still allows it."""
    limits = credit_limits(billed, items)
    return apportion(min(agreed, sum(limits)), limits)


def most(quantity: Decimal, tolerance: Decimal, variable_weight: bool) -> Decimal:
    """The most that may be packed for a line: with its tolerance, and a tenth more where the weight varies."""
    whole = quantity + tolerance
    return (whole * WEIGHT_MARGIN).quantize(_MILLI, ROUND_DOWN) if variable_weight else whole


def highest_total(tariff: Tariff, items: Sequence[Item]) -> int:
    """The most that an order may come to; the items are those of `bill` at their `most` quantities."""
    totals = (_total(_exact(tariff, item), item) for item in items)
    per_order = sum(highest_order_fee(fee, tariff.currency) for fee in tariff.fees if fee.kind in ORDER_KINDS)
    return sum(totals) + per_order


def fee_parts(tariff: Tariff, line: BilledLine, item: Item) -> list[PricePart]:
    """The fees in a line: the cycle's by quantity, then those of its hub offer."""
    named = [(fee.name, fee.payee) for fee in tariff.fees] + [(fee.name, fee.payee) for fee in item.fees]
    amounts = (*line.fees, *line.hub_fees)
    return [PricePart(name, payee, amount) for (name, payee), amount in zip(named, amounts, strict=True) if amount]


def all_fees(tariff: Tariff, billed: Bill, items: Sequence[Item]) -> list[PricePart]:
    """Every fee of a bill, by name and payee: those of the cycle first, then those of hub offers."""
    found: dict[tuple[str, str], int] = {}
    for fee, amount in zip(tariff.fees, billed.fees, strict=True):
        found[fee.name, fee.payee] = amount
    for line, item in zip(billed.lines, items, strict=True):
        for hub_fee, amount in zip(item.fees, line.hub_fees, strict=True):
            key = (hub_fee.name, hub_fee.payee)
            found[key] = found.get(key, 0) + amount
    return [PricePart(name, payee, amount) for (name, payee), amount in found.items() if amount]
