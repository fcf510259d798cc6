"""What bodies of the guarantee have in common."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", examples=["soil-cover"])]
Localised = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=20_000)]],
    Field(min_length=1, max_length=4, description="By language; needed in the network's own"),
]
Photos = Annotated[list[UUID], Field(max_length=12, description="Photos of the member that you act for")]


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GuaranteeReason(Sent):
    """A reason, in words that everybody may read."""

    reason: Said = Field(examples=["The neighbour sprayed; the committee looks into it"])


class NamedMember(BaseModel):
    id: UUID
    name: str | None = Field(
        description="Null for a member that is not known here (any more)", examples=["Rancho El Mezquite"]
    )
