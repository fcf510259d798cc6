"""What the others are told of an entity."""

from collections.abc import Mapping
from typing import Any

from contracts.directory import EntityPublished, EntityState, EntityWithdrawn
from contracts.values import Location


def published(row: Mapping[str, Any]) -> EntityPublished:
    """The entity can be seen, as it is now."""
    return EntityPublished(**_state(row))


def withdrawn(row: Mapping[str, Any]) -> EntityWithdrawn:
    """The entity can't be seen any more."""
    return EntityWithdrawn(**_state(row))


def _state(row: Mapping[str, Any]) -> dict[str, Any]:
    state = {name: row[name] for name in EntityState.model_fields if name in row}
    location = None if row["lat"] is None else Location(lat=row["lat"], lon=row["lon"])
    return {**state, "entity_id": row["id"], "location": location}
