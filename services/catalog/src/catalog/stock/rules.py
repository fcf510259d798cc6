"""Who gets what there is: first come, first served, all of an order or nothing of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts.catalog import StockPolicy
from contracts.values import LARGEST_QUANTITY, plain
from kit.errors import Conflict, Invalid

Reason = Literal["harvest", "sale", "loss", "correction", "return"]
State = Literal["held", "kept", "collected", "released", "expired", "refused"]
Origin = Literal["order", "client", "booking"]
Lines = Mapping[UUID, Decimal]

NOTHING = Decimal(0)
#: States in which a reservation's lines count as reserved.
ACTIVE: frozenset[State] = frozenset({"held", "kept"})


@dataclass(frozen=True)
class Stock:
    """What there is of a variant, and what of it is promised."""

    variant_id: UUID
    member_id: UUID
    policy: StockPolicy
    offered: bool
    on_hand: Decimal
    reserved: Decimal
    version: int
    #: The least that somebody in a waiting list would take; None where nobody waits.
    awaited: Decimal | None = None

    @property
    def free(self) -> Decimal | None:
        """What is not promised; None where there is always more."""
        return None if self.policy == "on_demand" else self.on_hand - self.reserved

    @property
    def available(self) -> Decimal | None:
        """What can still be promised to whoever comes; None where there is always more. What somebody who waits would
        take is theirs before it is anyone's."""
        free = self.free
        return NOTHING if free is not None and self.awaited is not None and free >= self.awaited else free


@dataclass(frozen=True)
class Movement:
    """What came in (more than zero) or went out, and why."""

    variant_id: UUID
    reason: Reason
    quantity: Decimal
    note: str = ""
    order_id: UUID | None = None


@dataclass(frozen=True)
class RecordedMovement:
    """A movement as it was written down."""

    id: UUID
    reason: Reason
    quantity: Decimal
    note: str
    order_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class Reservation:
    """A reservation as it stands; ``lines`` are what it holds, or held while it was active."""

    id: UUID
    origin: Origin
    state: State
    expires_at: datetime | None
    lines: Lines

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def held(self) -> Lines:
        """What of it counts as reserved."""
        return self.lines if self.active else {}


@dataclass(frozen=True)
class Claim:
    """What a reservation holds now and what it wants to hold."""

    reservation_id: UUID
    held: Lines
    wanted: Lines
    #: It comes out of the waiting list, in its turn.
    waited: bool = False


@dataclass(frozen=True)
class Missing:
    """Why a line can't be reserved."""

    variant_id: UUID
    code: Literal["not_enough_stock", "not_offered"]
    requested: Decimal
    available: Decimal


@dataclass(frozen=True)
class Decision:
    """Granted whole, unless something is missing; then what was held stays held."""

    reservation_id: UUID
    missing: tuple[Missing, ...]

    @property
    def granted(self) -> bool:
        return not self.missing


def reserve(stock: Mapping[UUID, Stock], claims: Sequence[Claim]) -> tuple[list[Decision], dict[UUID, Stock]]:
    """Decides the claims in their order; returns the decisions and the stock after them."""
    left = dict(stock)
    decisions = []
    for claim in claims:
        missing = tuple(
            lacking for variant_id in claim.wanted if (lacking := _missing(left.get(variant_id), claim, variant_id))
        )
        if not missing:
            for variant_id in claim.held.keys() | claim.wanted.keys():
                more = claim.wanted.get(variant_id, NOTHING) - claim.held.get(variant_id, NOTHING)
                left[variant_id] = replace(left[variant_id], reserved=left[variant_id].reserved + more)
        decisions.append(Decision(claim.reservation_id, missing))
    return decisions, left


def _missing(stock: Stock | None, claim: Claim, variant_id: UUID) -> Missing | None:
    wanted, held = claim.wanted[variant_id], claim.held.get(variant_id, NOTHING)
    if wanted <= held:
        return None
    if stock is None or not stock.offered:
        return Missing(variant_id, "not_offered", wanted, NOTHING)
    left = stock.free if claim.waited else stock.available
    if left is not None and left < wanted - held:
        return Missing(variant_id, "not_enough_stock", wanted, left + held)
    return None


def total(lines: Iterable[tuple[UUID, Decimal]]) -> dict[UUID, Decimal]:
    """The quantity of each variant: an order may have several lines of one."""
    sums: dict[UUID, Decimal] = {}
    for variant_id, quantity in lines:
        sums[variant_id] = sums.get(variant_id, NOTHING) + quantity
    return sums


def take_home(
    stock: Mapping[UUID, Stock], order_id: UUID, held: Lines, packed: Lines
) -> tuple[dict[UUID, Stock], list[Movement]]:
    """The stock and the movements after an order was collected: what was packed is sold, the rest is free again.

    What left the place was there: where the books have less, a movement says so first, so that they still add up and
    nobody else's reservation is touched. Packed variants that the catalog never had are passed over.
    """
    after = dict(stock)
    movements = []
    for variant_id in sorted(held.keys() | packed.keys()):
        if variant_id not in after:
            continue
        now = after[variant_id]
        reserved = now.reserved - held.get(variant_id, NOTHING)
        sold = packed.get(variant_id, NOTHING)
        promised = NOTHING if now.policy == "on_demand" else reserved
        short = promised + sold - now.on_hand
        if sold and short > 0:
            note = "Made to order" if now.policy == "on_demand" else "More was packed than the books had"
            reason: Reason = "harvest" if now.policy == "on_demand" else "correction"
            movements.append(Movement(variant_id, reason, short, note, order_id))
            now = replace(now, on_hand=now.on_hand + short)
        if sold:
            movements.append(Movement(variant_id, "sale", -sold, "", order_id))
        after[variant_id] = replace(now, on_hand=now.on_hand - sold, reserved=reserved)
    return after, movements


def moved(stock: Stock, movement: Movement) -> Stock:
    """The stock after a movement. Raises Conflict if it takes more than is free, Invalid if it is more than can be."""
    on_hand = stock.on_hand + movement.quantity
    free = stock.on_hand if stock.free is None else stock.free
    if free + min(movement.quantity, NOTHING) < 0:
        raise Conflict(
            "not_enough_stock",
            "Only {available} are free; {reserved} are promised to orders",
            available=plain(free),
            reserved=plain(stock.reserved),
        )
    if on_hand >= LARGEST_QUANTITY:
        raise Invalid("quantity_too_large", "Must be less than {limit}", field="/quantity", limit=LARGEST_QUANTITY)
    return replace(stock, on_hand=on_hand)


def movement(variant_id: UUID, reason: Reason, quantity: Decimal, note: str) -> Movement:
    """A movement as people record it: more than zero, whichever way it goes; a correction says by its sign.

    Raises Invalid for a quantity that the reason can't have.
    """
    if quantity == 0 or (quantity < 0 and reason != "correction"):
        raise Invalid("quantity_not_positive", "Must be more than zero", field="/quantity")
    return Movement(variant_id, reason, -quantity if reason in ("sale", "loss") else quantity, note)


def with_policy(stock: Stock, policy: StockPolicy, offered: bool) -> Stock:
    """The stock under another policy. Raises Conflict if more is promised than there is to track."""
    if policy == "tracked" and stock.on_hand < stock.reserved:
        raise Conflict(
            "promised_more",
            "{reserved} are promised already; bring in what is missing first",
            reserved=plain(stock.reserved),
        )
    return replace(stock, policy=policy, offered=offered)
