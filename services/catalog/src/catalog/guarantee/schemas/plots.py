"""Plots, as they are sent and answered."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.rules.plots import Plot, Without, blurred
from catalog.guarantee.schemas.sent import Line, Sent
from catalog.guarantee.service.plots import PlotDraft
from contracts.values import Location, PositiveQuantity

_SQUARE = [[[-100.391, 20.593], [-100.387, 20.593], [-100.387, 20.596], [-100.391, 20.596], [-100.391, 20.593]]]
Hectares = Annotated[
    PositiveQuantity, Field(le=10_000, description="Hectares, for a point only: of an outline it is computed")
]


class WithoutBody(Sent):
    """Something that is not used there any more."""

    what: Line = Field(examples=["Plaguicidas de síntesis"])
    since: date = Field(description="Conversion is counted from the latest of these", examples=["2023-05-01"])


class NewPlot(Sent):
    """A place of production."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same plot")
    member_id: UUID | None = Field(default=None, description="Needed where you act for several producers")
    name: Line = Field(examples=["La parcela de abajo"])
    geometry: dict[str, Any] = Field(
        description="GeoJSON (RFC 7946), longitude first: Polygon, MultiPolygon or Point; at most 500 corners",
        examples=[{"type": "Polygon", "coordinates": _SQUARE}],
    )
    hectares: Hectares | None = None
    crops: list[Line] = Field(default=[], max_length=50, examples=[["Jitomate", "Calabaza"]])
    without: list[WithoutBody] = Field(default=[], max_length=20)
    published: bool = Field(default=False, description="Shown to everybody, about a kilometre around")

    def draft(self) -> PlotDraft:
        return PlotDraft(
            self.id,
            self.member_id,
            self.name,
            self.geometry,
            self.hectares,
            self.crops,
            [Without(one.what, one.since) for one in self.without],
            self.published,
        )


class WithoutOut(BaseModel):
    what: str
    since: date


class PlotOut(BaseModel):
    """A plot as its owner, its peers and the committee see it."""

    id: UUID
    member_id: UUID
    name: str
    geometry: dict[str, Any]
    hectares: str | None = Field(
        description="On the ellipsoid (WGS 84), to the square metre; as was said, for a point", examples=["1.4213"]
    )
    location: Location = Field(description="About its middle")
    crops: list[str]
    without: list[WithoutOut]
    clean_since: date | None = Field(description="The latest of `without`")
    published: bool
    retired: bool

    @classmethod
    def of(cls, plot: Plot) -> "PlotOut":
        return cls(
            id=plot.id,
            member_id=plot.member_id,
            name=plot.name,
            geometry=plot.geometry,
            hectares=None if plot.hectares is None else f"{plot.hectares.normalize():f}",
            location=Location(lat=plot.centre[1], lon=plot.centre[0]),
            crops=list(plot.crops),
            without=[WithoutOut(what=one.what, since=one.since) for one in plot.without],
            clean_since=plot.clean_since,
            published=plot.published,
            retired=plot.retired,
        )


class PublicPlotOut(BaseModel):
    """A plot as everybody sees it: about where it is, never how to get there."""

    id: UUID
    member_id: UUID
    location: Location = Field(description="To the hundredth of a degree: about a kilometre")
    hectares: str | None = Field(description="To the tenth of a hectare", examples=["1.4"])
    crops: list[str]
    without: list[WithoutOut]

    @classmethod
    def of_plot(cls, plot: Plot) -> "PublicPlotOut":
        lon, lat = blurred(plot.centre)
        return cls(
            id=plot.id,
            member_id=plot.member_id,
            location=Location(lat=lat, lon=lon),
            hectares=None if plot.hectares is None else f"{plot.hectares:.1f}",
            crops=list(plot.crops),
            without=[WithoutOut(what=one.what, since=one.since) for one in plot.without],
        )
