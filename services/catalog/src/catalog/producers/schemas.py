"""Producers over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.producers.rules import Place, ProducerPage, Standing
from contracts.members import MemberKind
from contracts.values import Location


class PlaceBody(BaseModel):
    """A place: what people call it, and where it is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
        Field(description="What people call it", examples=["Ejido La Griega, El Marqués"]),
    ]
    location: Annotated[Location | None, Field(description="On the map, if it may be known")] = None

    def value(self) -> Place:
        return Place(self.name, self.location)


class ProducerPageBody(BaseModel):
    """What a producer tells of itself."""

    model_config = ConfigDict(extra="forbid")

    story: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=10_000),
        Field(description="Who they are and how they work, in plain text"),
    ] = ""
    place: Annotated[PlaceBody | None, Field(description="Where they grow or make it")] = None


class ProducerOut(BaseModel):
    """A producer as everyone may know it."""

    id: Annotated[UUID, Field(description="The member's id")]
    name: str
    kind: MemberKind
    story: str
    place: PlaceBody | None
    version: Annotated[int, Field(description="Of the page; 0 before it has been written")]

    @classmethod
    def of(cls, standing: Standing, page: ProducerPage) -> "ProducerOut":
        place = None if page.place is None else PlaceBody.model_validate(page.place)
        return cls.model_validate(
            {
                "id": standing.member_id,
                "name": standing.name,
                "kind": standing.kind,
                "story": page.story,
                "place": place,
                "version": page.version,
            }
        )
