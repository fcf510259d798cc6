"""What a period costs. Amounts are integers of minor units; rounding happens once, half to even."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from members.dues.rules.periods import Period, months_of
from members.dues.rules.plans import MONTHS, Exemption, Plan, Terms


@dataclass(frozen=True)
class Charge:
    """``price`` is what the plan asks, ``amount`` what is asked of this member; they differ by ``exemption``."""

    price: int
    amount: int
    exemption: Exemption | None


def price_on(terms: Terms, day: date) -> int:
    """The price of a whole period that begins on that day: nothing before the first price."""
    holding = [price.amount for price in terms.prices if price.valid_from <= day]
    return holding[-1] if holding else 0


def part(terms: Terms, period: Period) -> Fraction:
    """How much of a whole period is charged: by its days of all days of the whole one, by the months begun of all its
    months, or all of it."""
    if terms.rhythm == "once" or not period.is_part:
        return Fraction(1)
    if terms.pro_rata == "days":
        return Fraction((period.end - period.start).days, (period.end - period.whole_start).days)
    if terms.pro_rata == "months":
        return Fraction(months_of(period), MONTHS[terms.rhythm])
    return Fraction(1)


def charge(plan: Plan, period: Period, exemptions: Iterable[Exemption]) -> Charge:
    """What a member is asked for a period. Price and exemption are those that hold on the day it begins; another
    amount takes the place of the price of a whole period, in the plan's currency, and not of what is asked once."""
    share = part(plan.terms, period)
    price = round(price_on(plan.terms, period.start) * share)
    for exemption in exemptions:
        if exemption.holds(period.start):
            if exemption.amount is None:
                return Charge(price, 0, exemption)
            if exemption.currency == plan.currency and not plan.once:
                return Charge(price, round(exemption.amount * share), exemption)
    return Charge(price, price, None)


def net_of(gross: int, tax_rate: Decimal | None) -> int:
    """An amount without the tax that it contains."""
    return gross if not tax_rate else round(Fraction(gross) / (1 + Fraction(tax_rate) / 100))
