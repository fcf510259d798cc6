"""What a hub offer may be: where it holds, from when to when, at which price and with which fees."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.values import Money
from kit.actor import Actor
from kit.errors import Conflict, Forbidden, Invalid, NotFound

#: Payees that are the network's own; any other is a member.
COMMON_PAYEES = frozenset({"network", "fund"})
MOST_FEES = 10


@dataclass(frozen=True)
class HubFee:
    """What is added to each unit's price there, and who receives it: ``network``, ``fund`` or a member's id."""

    name: str
    amount: Money
    payee: str


@dataclass(frozen=True)
class Sold:
    """The variant that is offered, as far as an offer of it needs to know it."""

    variant_id: UUID
    product_id: UUID
    member_id: UUID
    retired: bool


@dataclass(frozen=True)
class HubOffer:
    """A variant's price at a pickup point, in a cycle, or at a pickup point in a cycle."""

    id: UUID
    sold: Sold
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    price: Money
    fees: tuple[HubFee, ...]
    valid_from: datetime
    valid_until: datetime | None
    #: The variant is sold only where some hub offer of it holds.
    exclusive: bool
    version: int
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """What orders has told of cycles and pickup points. ``complete`` where it is deployed: what it did not tell of is
    not there."""

    complete: bool
    cycles: frozenset[UUID]
    #: Cycle and pickup point.
    pickups: frozenset[tuple[UUID, UUID]]


def check(offer: HubOffer, currency: str, known: Known, members: frozenset[UUID] | None) -> None:
    """Raises Invalid, with a pointer, for an offer that can't be made. ``members`` None: they can't be known here."""
    if offer.pickup_point_id is None and offer.cycle_id is None:
        raise Invalid("no_hub", "Say at which pickup point, in which cycle, or both", field="/pickup_point_id")
    _check_place(offer, known)
    if offer.sold.retired:
        raise Invalid("not_offered", "This is not offered now", field="/variant_id")
    if offer.valid_until is not None and offer.valid_until <= offer.valid_from:
        raise Invalid("ends_before_it_starts", "An offer ends after it starts", field="/valid_until")
    _check_amount(offer.price, currency, "/price")
    names: set[str] = set()
    for place, fee in enumerate(offer.fees):
        _check_amount(fee.amount, currency, f"/fees/{place}/amount")
        if fee.name in names:
            raise Invalid("repeated", "Named twice", field=f"/fees/{place}/name")
        names.add(fee.name)
        _check_payee(fee.payee, members, f"/fees/{place}/payee")


def _check_place(offer: HubOffer, known: Known) -> None:
    if not known.complete:
        return
    if offer.cycle_id is not None and offer.cycle_id not in known.cycles:
        raise Invalid("unknown_cycle", "There is no such cycle", field="/cycle_id")
    points = {point for cycle, point in known.pickups if offer.cycle_id in (None, cycle)}
    if offer.pickup_point_id is not None and offer.pickup_point_id not in points:
        raise Invalid(
            "unknown_pickup_point",
            "No cycle hands out at this pickup point" if offer.cycle_id is None else "This cycle has no pickup there",
            field="/pickup_point_id",
        )


def _check_amount(amount: Money, currency: str, at: str) -> None:
    if amount.currency != currency:
        raise Invalid("wrong_currency", "Prices are in {currency} here", field=f"{at}/currency", currency=currency)
    if amount.minor <= 0:
        raise Invalid("price_not_positive", "A price must be more than zero", field=f"{at}/amount")


def payee_id(payee: str) -> UUID | None:
    """The member that a payee is, if it is written as an id."""
    try:
        return UUID(payee)
    except ValueError:
        return None


def _check_payee(payee: str, members: frozenset[UUID] | None, at: str) -> None:
    if payee in COMMON_PAYEES:
        return
    member_id = payee_id(payee)
    if member_id is None or (members is not None and member_id not in members):
        raise Invalid("unknown_payee", "The payee is network, fund or a member's id", field=at)


def check_may(actor: Actor, member_id: UUID) -> None:
    """Raises Forbidden for who is neither the variant's producer nor a coordinator."""
    if not (actor.has("coordinator") or (actor.has("producer") and actor.acts_for(member_id))):
        raise Forbidden("not_yours", "This product belongs to somebody else")


def check_standing(offer: HubOffer) -> None:
    """Raises Conflict for one that was withdrawn: another one takes its place."""
    if offer.withdrawn_at is not None:
        raise Conflict("withdrawn", "This offer was withdrawn; make another one")


def withdrawn(offer: HubOffer, now: datetime) -> HubOffer:
    return replace(offer, withdrawn_at=now, version=offer.version + 1)


def not_found() -> NotFound:
    return NotFound("hub_offer_not_found", "There is no such offer")


def overlaps() -> Conflict:
    """What is said where the database refuses a second offer for the same variant, place and time."""
    return Conflict(
        "overlaps",
        "This variant has a price there for a part of that time; change or end that one",
        field="/valid_from",
    )
