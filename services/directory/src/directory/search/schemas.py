"""Lists of entries: plain, and as GeoJSON (RFC 7946)."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.values import Location
from directory.entities.schemas import PublicProfile
from kit.paging import Page


class _Found(PublicProfile):
    distance: int | None = Field(default=None, description="Metres from `near`, if that was asked for", examples=[1250])


class Entry(_Found):
    """A published entry, as lists show it."""

    id: UUID
    location: Location | None = Field(description="Where it is; null if it has no place")


class Entries(Page[Entry]):
    """A page of entries: nearest first, else best match first, else by name."""


class MapPoint(BaseModel):
    type: Literal["Point"]
    coordinates: tuple[float, float] = Field(description="Longitude, latitude", examples=[[-100.3899, 20.5931]])


class Feature(BaseModel):
    """An entry on the map."""

    type: Literal["Feature"]
    id: UUID
    geometry: MapPoint | None
    properties: _Found


class FeatureCollection(BaseModel):
    """A page of entries as GeoJSON; `next` is a foreign member."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    next: str | None = Field(default=None, description="Send it as `after` for the next page; null on the last")
