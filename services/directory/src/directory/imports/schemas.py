"""What an import answers."""

from pydantic import BaseModel, Field


class Refused(BaseModel):
    """A feature that was not taken."""

    index: int = Field(description="Its place among the features, from 0", examples=[17])
    reason: str = Field(description="Why, in the caller's language", examples=["The point lies outside the world"])


class Warned(BaseModel):
    """A feature that was taken, but not all of it, or that looks wrong."""

    index: int = Field(description="Its place among the features, from 0", examples=[0])
    field: str = Field(examples=["website"])
    reason: str = Field(examples=["This is no web address; left out"])


class Report(BaseModel):
    """What became of each feature: created, updated, unchanged and refused add up to the file."""

    created: int = Field(examples=[1162])
    updated: int = Field(examples=[0])
    unchanged: int = Field(examples=[0])
    refused: list[Refused]
    warnings: list[Warned]
