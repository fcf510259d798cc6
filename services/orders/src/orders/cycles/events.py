"""A cycle as others are told of it."""

from typing import Any
from uuid import UUID

from contracts.orders import CycleClosed, CyclePublished, CycleSettled, PublicPickup
from contracts.values import Location
from orders.base import AnyRow


def cycle_fact[F: (CyclePublished, CycleClosed, CycleSettled)](kind: type[F], cycle: AnyRow) -> F:
    """The fact of that kind from a cycle's row."""
    return kind(
        cycle_id=cycle.id,
        name=cycle.name,
        opens_at=cycle.opens_at,
        closes_at=cycle.closes_at,
        supplier_ids=cycle.supplier_ids,
        pickups=[public_pickup(pickup) for pickup in cycle.pickups],
    )


def public_pickup(pickup: dict[str, Any]) -> PublicPickup:
    """A pickup as JSON has it, in the contract's shape."""
    return PublicPickup(
        pickup_point_id=UUID(pickup["pickup_point_id"]),
        name=pickup["name"],
        address=pickup["address"],
        location=location(pickup["lat"], pickup["lon"]),
        starts_at=pickup["starts_at"],
        ends_at=pickup["ends_at"],
    )


def location(lat: float | None, lon: float | None) -> Location | None:
    """A place, if it is known."""
    return None if lat is None or lon is None else Location(lat=lat, lon=lon)
