"""What may be ordered: the cycle, the pickup point, each line's quantity, the part paid in credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.orders import CycleStatus
from contracts.values import LARGEST_AMOUNT, Money, plain, scale
from kit.errors import Conflict, Invalid
from orders.cycles.rules.hubs import HubFee

#: Standings in which a member certainly may not order. Of the others the ledger's owner judges, whose word is newer.
BARRED = frozenset({"suspended", "left", "excluded", "declined"})


@dataclass(frozen=True, slots=True)
class Offered:
    """What a cycle offers at the order's pickup point, as far as an order line needs it; the price is in minor units."""

    variant_id: UUID
    producer_id: UUID
    producer_name: str
    name: str
    unit: str
    price: int
    case_size: Decimal
    step: Decimal
    minimum: Decimal
    variable_weight: bool
    credit_share: int
    #: Whose price it is, and what it adds to each unit; None: the variant's own.
    hub_offer_id: UUID | None = None
    fees: tuple[HubFee, ...] = ()
    #: It is sold at other pickup points only.
    elsewhere: bool = False
    #: What the product costs to make, as its producer published it.
    diagnosis: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line as it was asked for."""

    variant_id: UUID
    quantity: Decimal
    tolerance: Decimal


def check_cycle(status: CycleStatus, closes_at: datetime) -> None:
    """Raises Conflict unless orders are taken now; `closes_at` is in the network's own time."""
    if status == "upcoming":
        raise Conflict("cycle_not_open", "This cycle is not open yet")
    if status != "open":
        raise closed(closes_at)


def closed(closes_at: datetime) -> Conflict:
    """What is said of a cycle that takes no orders any more."""
    return Conflict(
        "cycle_closed",
        "This cycle is closed; it was to take orders until {closes_at}",
        closes_at=f"{closes_at:%Y-%m-%d %H:%M}",
    )


def check_member(status: str | None) -> None:
    """Raises Conflict for a member who may not order; None is one not heard of yet."""
    if status in BARRED:
        raise Conflict("member_not_active", "Only active members can order")


def check_lines(wanted: Sequence[Wanted], offers: Mapping[UUID, Offered]) -> list[Offered]:
    """The offers of the lines, in their order. Raises Invalid with a pointer to what is wrong."""
    seen: set[UUID] = set()
    for index, line in enumerate(wanted):
        if line.variant_id in seen:
            raise Invalid("variant_twice", "Write each variant once", field=f"/lines/{index}/variant_id")
        seen.add(line.variant_id)
        offer = offers.get(line.variant_id)
        if offer is None:
            raise Invalid(
                "variant_not_in_cycle", "This variant is not offered in this cycle", field=f"/lines/{index}/variant_id"
            )
        if offer.elsewhere:
            raise Invalid(
                "variant_not_at_pickup",
                "{name} is sold at other pickup points only",
                field=f"/lines/{index}/variant_id",
                name=offer.name,
            )
        _check_quantity(index, line, offer)
    return [offers[line.variant_id] for line in wanted]


def _check_quantity(index: int, line: Wanted, offer: Offered) -> None:
    for name, amount in (("quantity", line.quantity), ("tolerance", line.tolerance)):
        if amount % offer.step:
            raise Invalid(
                "quantity_step",
                "{name} is sold in steps of {step}",
                field=f"/lines/{index}/{name}",
                name=offer.name,
                step=plain(offer.step),
            )
    if line.quantity < offer.minimum:
        raise Invalid(
            "quantity_minimum",
            "The least of {name} is {minimum}",
            field=f"/lines/{index}/quantity",
            name=offer.name,
            minimum=plain(offer.minimum),
        )


def check_credit(credit: Money | None, currency: str | None, limit: int) -> int:
    """The minor units of community credit to use. Raises Invalid where the network or the lines do not allow it."""
    if credit is None or credit.minor == 0:
        return 0
    if currency is None:
        raise Invalid("no_credit", "This network has no community credit", field="/credit")
    if credit.currency != currency:
        raise Invalid(
            "credit_currency",
            "This network's community credit is {currency}",
            field="/credit/currency",
            currency=currency,
        )
    if credit.minor < 0:
        raise Invalid("credit_negative", "Credit is zero or more", field="/credit/amount")
    if credit.minor > limit:
        raise Invalid(
            "credit_too_high",
            "At most {limit} of this order can be paid in credit",
            field="/credit/amount",
            limit=format(Money.of_minor(limit, currency).amount, "f"),
        )
    return credit.minor


def check_highest(highest: int, currency: str) -> None:
    """Raises Invalid for an order that may come to more than any account could hold: a slip in a quantity."""
    limit = int(LARGEST_AMOUNT.scaleb(scale(currency)))
    if highest >= limit:
        raise Invalid("order_too_large", "An order of this size can't be booked; check the quantities", field="/lines")
