"""Wants over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.producers.schemas import PlaceBody
from catalog.wants.repository.matches import MatchSeen
from catalog.wants.rules.wants import Audience, Want, Wish
from contracts.catalog import ProductKind, Unit
from contracts.values import Location, Money, PositiveQuantity

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    Field(description="What is wanted, in a few words: an offer is found by them", examples=["queso de cabra"]),
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), Field(description="What else there is to say")
]
Practices = Annotated[
    list[Annotated[str, Field(max_length=60)]],
    Field(max_length=10, description="All of them are needed", examples=[["agroecological"]]),
]
Radius = Annotated[int, Field(ge=1, le=1000, strict=True, description="How far away it may be, kilometres")]
Amount = Annotated[PositiveQuantity, Field(description="How much of `unit`")]
Highest = Annotated[Money, Field(description="The most that one of `unit` may cost; of any unit if there is none")]
Shown = Annotated[Audience, Field(description="Who may read it: all members, or everyone")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewWant(_Body):
    """What a member looks for. Its words or its category are needed; all that it says must hold for an offer."""

    id: Annotated[UUID | None, Field(description="The client's own id; sent again it is the same want")] = None
    member_id: Annotated[UUID | None, Field(description="Needed where the user acts for several members")] = None
    text: Text = ""
    note: Note = ""
    kind: ProductKind | None = None
    category: Annotated[str | None, Field(max_length=60, examples=["dairy"])] = None
    practices: Practices = []
    quantity: Amount | None = None
    unit: Unit | None = None
    needed_by: Annotated[date | None, Field(description="The last day on which it is of use; 180 days if null")] = None
    place: PlaceBody | None = None
    radius_km: Radius | None = None
    max_price: Highest | None = None
    audience: Shown = "members"

    def wish(self) -> Wish:
        return Wish(
            text=self.text,
            note=self.note,
            kind=self.kind,
            category=self.category,
            practices=tuple(self.practices),
            quantity=self.quantity,
            unit=self.unit,
            needed_by=self.needed_by,
            place=self.place.name if self.place else "",
            location=self.place.location if self.place else None,
            radius_km=self.radius_km,
            max_price=self.max_price,
            audience=self.audience,
        )


class ChangedWant(_Body):
    """What is to be said anew; null takes away what a want may be without."""

    text: Text | None = None
    note: Note | None = None
    kind: ProductKind | None = None
    category: Annotated[str | None, Field(max_length=60)] = None
    practices: Practices | None = None
    quantity: Amount | None = None
    unit: Unit | None = None
    needed_by: date | None = None
    place: PlaceBody | None = None
    radius_km: Radius | None = None
    max_price: Highest | None = None
    audience: Shown | None = None

    def reworded(self) -> Callable[[Wish], Wish]:
        """What becomes of a wish by it."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("text", "note", "practices", "audience"):
            if said.get(name, "") is None:
                said.pop(name)
        if "practices" in said:
            said["practices"] = tuple(said["practices"])
        if "place" in said:
            place = said.pop("place")
            said |= {"place": place.name if place else "", "location": place.location if place else None}
        return lambda wish: replace(wish, **said)


class MetWant(_Body):
    """It was met: by a product that was found for it, or otherwise."""

    product_id: UUID | None = None


class NamedOut(BaseModel):
    id: UUID
    name: str


class WantOut(BaseModel):
    """What a member looks for. Others see its place to a kilometre or so."""

    id: UUID
    member: Annotated[NamedOut | None, Field(description="Null for those who are no members")]
    text: str
    note: str
    kind: ProductKind | None
    category: str | None
    practices: list[str]
    quantity: Annotated[PositiveQuantity | None, Field(description="Of `unit`")]
    unit: Unit | None
    needed_by: date | None
    place: PlaceBody | None
    radius_km: int | None
    max_price: Money | None
    audience: Audience
    status: Literal["open", "met", "withdrawn", "expired"]
    expires_on: Annotated[date, Field(description="The last day on which it is looked for")]
    met_by: Annotated[UUID | None, Field(description="The product that it was met by")]
    version: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, want: Want, name: str, *, own: bool, member: bool) -> "WantOut":
        wish = want.wish
        location = wish.location if own or wish.location is None else _blurred(wish.location)
        return cls(
            id=want.id,
            member=NamedOut(id=want.member_id, name=name) if own or member else None,
            text=wish.text,
            note=wish.note,
            kind=wish.kind,
            category=wish.category,
            practices=list(wish.practices),
            quantity=wish.quantity,
            unit=wish.unit,
            needed_by=wish.needed_by,
            place=PlaceBody(name=wish.place, location=location) if wish.place else None,
            radius_km=wish.radius_km,
            max_price=wish.max_price,
            audience=wish.audience,
            status=want.status,
            expires_on=want.expires_on,
            met_by=want.met_by,
            version=want.version,
            created_at=want.created_at,
            changed_at=want.changed_at,
        )


def _blurred(location: Location) -> Location:
    """To two decimals of a degree: a kilometre or so."""
    return Location(lat=round(location.lat, 2), lon=round(location.lon, 2))


class MatchedWantOut(BaseModel):
    id: UUID
    text: str
    category: str | None
    status: str


class MatchOut(BaseModel):
    """A product that is what somebody looks for, and why."""

    id: UUID
    want: MatchedWantOut
    seeker: NamedOut
    product: NamedOut
    provider: NamedOut
    score: Annotated[int, Field(description="From 0 to 100")]
    why: Annotated[
        list[str],
        Field(description="In the reader's language", examples=[["same category: Cheese", "4 km away"]]),
    ]
    words: Annotated[list[str], Field(description="The wanted words that the offer has, folded")]
    distance_km: Annotated[str | None, Field(examples=["4.2"])]
    found_at: datetime
    gone: Annotated[bool, Field(description="It fits no more, or is not on offer")]

    @classmethod
    def of(cls, one: MatchSeen, why: list[str]) -> "MatchOut":
        return cls(
            id=one.id,
            want=MatchedWantOut(id=one.want_id, text=one.want_text, category=one.want_category, status=one.want_status),
            seeker=NamedOut(id=one.seeker_id, name=one.seeker_name),
            product=NamedOut(id=one.product_id, name=one.product_name),
            provider=NamedOut(id=one.provider_id, name=one.provider_name),
            score=one.score,
            why=why,
            words=list(one.words),
            distance_km=None if one.distance_km is None else f"{Decimal(one.distance_km):f}",
            found_at=one.found_at,
            gone=one.gone,
        )
