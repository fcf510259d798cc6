"""How many products there are, by what they can be filtered by."""

from typing import Annotated

from pydantic import BaseModel, Field


class CountedOut(BaseModel):
    """A value that can be filtered by, and how many products have it."""

    value: str
    count: int


class CountedProducerOut(CountedOut):
    name: str


class FacetValuesOut(BaseModel):
    """Counts by what can be filtered by."""

    category: Annotated[list[CountedOut], Field(description="With the categories under each, in the order of the tree")]
    practice: list[CountedOut]
    producer: Annotated[list[CountedProducerOut], Field(description="The hundred with the most")]
    kind: list[CountedOut]
    season: list[CountedOut]
    unit: list[CountedOut]


class FacetsOut(BaseModel):
    """How many products there are; the most first, but for categories."""

    count: Annotated[int, Field(description="Products that pass all filters")]
    complete: Annotated[bool, Field(description="False where there were more products than are counted")]
    by: FacetValuesOut
