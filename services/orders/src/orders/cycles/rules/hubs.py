"""A variant's price at a pickup point, in a cycle, or at a pickup point in a cycle, and which of several holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HubFee:
    """What such an offer adds to each unit's price, in minor units, and who receives it."""

    name: str
    payee: str
    minor: int


@dataclass(frozen=True, slots=True)
class HubOffer:
    """An offer of the catalog; ``price`` is the producer's, in minor units. At least one of point and cycle is there."""

    id: UUID
    variant_id: UUID
    pickup_point_id: UUID | None
    cycle_id: UUID | None
    price: int
    fees: tuple[HubFee, ...]
    valid_from: datetime
    valid_until: datetime | None = None
    #: The variant is sold only where such an offer holds, as long as this one's cycle, if it has one, is not closed.
    exclusive: bool = False

    @property
    def rank(self) -> int:
        """The more special offer goes first: pickup point and cycle, cycle, pickup point."""
        return 2 * (self.cycle_id is not None) + (self.pickup_point_id is not None)

    def holds(self, cycle_id: UUID, pickup_point_id: UUID, now: datetime) -> bool:
        """Whether an order at that point in that cycle pays this price now."""
        return (
            self.cycle_id in (None, cycle_id)
            and self.pickup_point_id in (None, pickup_point_id)
            and self.valid_from <= now
            and (self.valid_until is None or now < self.valid_until)
        )


def effective(offers: Iterable[HubOffer], cycle_id: UUID, pickup_point_id: UUID, now: datetime) -> HubOffer | None:
    """The offer whose price an order pays; None: the variant's own price.

    Of equals, which the catalog does not allow but may be heard of for a moment, the one that began last.
    """
    holding = [offer for offer in offers if offer.holds(cycle_id, pickup_point_id, now)]
    return max(holding, key=lambda offer: (offer.rank, offer.valid_from, offer.id), default=None)


def hub_fees(documents: Iterable[dict[str, Any]]) -> tuple[HubFee, ...]:
    """Fees from JSON as it is stored."""
    return tuple(HubFee(one["name"], one["payee"], one["minor"]) for one in documents)


def fee_documents(fees: Iterable[HubFee]) -> list[dict[str, Any]]:
    """Fees as JSON as it is stored."""
    return [{"name": fee.name, "payee": fee.payee, "minor": fee.minor} for fee in fees]
