"""Fees of a cycle, and the price of a unit with them. Amounts are exact until a line total is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from uuid import UUID

from contracts.values import scale
from kit.errors import Invalid
from orders.cycles.rules.hubs import HubFee
from orders.cycles.rules.shares import apportion

FeeKind = Literal["flat", "percent", "per_item", "per_kilo", "price_sack"]
#: Payees that are the network's own; any other is a member.
COMMON_PAYEES = frozenset({"network", "fund"})
#: Charged once for an order, not by the quantity of a line.
ORDER_KINDS: frozenset[FeeKind] = frozenset({"flat", "price_sack"})


@dataclass(frozen=True, slots=True)
class Fee:
    """What is added to the producers' price, why, and who receives it.

    `value` is per cent, or an amount of the network's currency: per order (flat, price_sack), per unit of
    quantity (per_item) or per kilo. A price sack costs `value` below a goods value of `threshold`, and
    `discounted` from there on.
    """

    name: str
    kind: FeeKind
    value: Decimal
    #: ``network``, ``fund`` or a member's id.
    payee: str
    threshold: Decimal | None = None
    discounted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A cycle's fees in the order in which they are shown, and the currency of its prices."""

    currency: str
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class PricePart:
    """A named part of a price: the producer's, or a fee."""

    name: str
    payee: str
    minor: int


def minor(amount: Decimal, currency: str) -> int:
    """An amount in the currency's smallest unit."""
    return int(amount.scaleb(scale(currency)))


def check_fees(fees: Sequence[Fee], currency: str) -> None:
    """Raises Invalid, with a pointer, for a fee that could not be charged or paid out."""
    names: set[str] = set()
    for index, fee in enumerate(fees):
        if fee.name in names:
            raise Invalid("fee_twice", "Give each fee a name of its own", field=f"/fees/{index}/name")
        names.add(fee.name)
        _check_fee(fee, currency, f"/fees/{index}")


def _check_fee(fee: Fee, currency: str, at: str) -> None:
    if fee.kind == "percent":
        if fee.value > 100:
            raise Invalid("fee_too_high", "A percentage is at most 100", field=f"{at}/value")
    else:
        for name, amount in (("value", fee.value), ("threshold", fee.threshold), ("discounted", fee.discounted)):
            if amount is not None and amount != round(amount, scale(currency)):
                raise Invalid(
                    "money_decimals",
                    "{currency} has at most {digits} decimals",
                    field=f"{at}/{name}",
                    currency=currency,
                    digits=scale(currency),
                )
    if (fee.kind == "price_sack") != (fee.threshold is not None and fee.discounted is not None):
        raise Invalid("price_sack", "A price sack, and nothing else, has a threshold and a discounted value", field=at)
    if fee.payee not in COMMON_PAYEES and not _is_uuid(fee.payee):
        raise Invalid("unknown_payee", "The payee is network, fund or a member's id", field=f"{at}/payee")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def unit_parts(tariff: Tariff, price: int, unit: str) -> list[Fraction]:
    """Exact minor units per unit of quantity: the producer's price, then one entry for each fee (0 if per order)."""
    return [Fraction(price), *(_per_unit(fee, tariff.currency, price, unit) for fee in tariff.fees)]


def _per_unit(fee: Fee, currency: str, price: int, unit: str) -> Fraction:
    if fee.kind == "percent":
        return price * Fraction(fee.value) / 100
    if fee.kind == "per_item" or (fee.kind == "per_kilo" and unit == "KGM"):
        return Fraction(minor(fee.value, currency))
    return Fraction(0)


def unit_price(
    tariff: Tariff, price: int, unit: str, producer: PricePart, hub_fees: Sequence[HubFee] = ()
) -> tuple[int, list[PricePart]]:
    """What a member pays for one unit, rounded half-even, and the parts that add up to it.

    `producer` names the first part. Fees per order are not in it. An order's lines are rounded by themselves, so
    ten units may cost a cent or so more or less than ten times this.
    """
    exact = [*unit_parts(tariff, price, unit), *(Fraction(fee.minor) for fee in hub_fees)]
    total = round(sum(exact, Fraction(0)))
    amounts = apportion(total, exact)
    of_tariff, of_hub = amounts[1 : 1 + len(tariff.fees)], amounts[1 + len(tariff.fees) :]
    parts = [PricePart(producer.name, producer.payee, amounts[0])]
    parts += [
        PricePart(fee.name, fee.payee, amount)
        for fee, amount in zip(tariff.fees, of_tariff, strict=True)
        if fee.kind not in ORDER_KINDS and amount
    ]
    parts += [PricePart(fee.name, fee.payee, amount) for fee, amount in zip(hub_fees, of_hub, strict=True) if amount]
    return total, parts


def order_fee(fee: Fee, currency: str, goods: int) -> int:
    """What a fee charged once for an order comes to when its goods are worth `goods`; 0 for the other kinds."""
    if fee.kind == "flat":
        return minor(fee.value, currency)
    if fee.kind == "price_sack" and fee.threshold is not None and fee.discounted is not None:
        return minor(fee.value if goods < minor(fee.threshold, currency) else fee.discounted, currency)
    return 0


def highest_order_fee(fee: Fee, currency: str) -> int:
    """The most that `order_fee` can come to."""
    if fee.kind == "price_sack" and fee.discounted is not None:
        return minor(max(fee.value, fee.discounted), currency)
    return order_fee(fee, currency, 0)
