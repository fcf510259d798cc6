"""Members, as they are sent and answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import MemberKind, MemberStatus
from members.identity.schemas import Email, Password

Language = Literal["es", "en", "qu", "otq"]


class NewMember(BaseModel):
    """An application to belong."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same application")
    kind: MemberKind = Field(examples=["household"])
    name: str = Field(min_length=1, max_length=200, examples=["Familia Hernández Luna"])
    email: Email
    password: Password
    phone: str | None = Field(default=None, max_length=40, examples=["+52 442 123 4567"])
    tax_id: str | None = Field(
        default=None, min_length=1, max_length=40, description="As the network's country makes them (RFC, NIF, RUC)"
    )
    language: Language | None = Field(default=None, description="The network's own when left out")


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500, examples=["Moves to another town"])


class DatedReason(Reason):
    """Why, and from which day on."""

    effective_on: date | None = Field(
        default=None,
        description="The first day on which it counts, in the network's zone: past, or to come; now when left out. "
        "An admission can't lie in the future",
        examples=["2026-01-01"],
    )


class NewDate(Reason):
    """The day from which something counts, corrected."""

    effective_on: date = Field(description="The first day on which it counts, in the network's zone")


class MemberOut(BaseModel):
    """A member."""

    id: UUID
    number: str | None = Field(description="Given at admission, never reused", examples=["QRO-2026-0042"])
    kind: MemberKind
    name: str = Field(examples=["Familia Hernández Luna"])
    email: str = Field(examples=["hernandez@queretaro.example"])
    phone: str | None = Field(examples=["+524421234567"])
    tax_id: str | None
    language: str = Field(examples=["es"])
    status: MemberStatus = Field(description="Follows from what happened: applied, admitted, suspended…")
    applied_at: datetime = Field(description="UTC")
    joined_on: date | None = Field(
        description="The day from which the newest admission counts", examples=["2026-01-01"]
    )


class FactOut(BaseModel):
    """Something that happened to a membership. What was corrected counts no more."""

    id: int = Field(description="Names the fact where it is to be corrected")
    kind: str = Field(examples=["admitted"])
    effective_at: datetime = Field(description="From when on it counts, UTC")
    effective_on: date = Field(description="The same as a day of the network")
    recorded_at: datetime = Field(description="When it was entered, UTC")
    recorded_by: UUID | None = Field(description="The user who did it; null for an application")
    reason: str
    corrects: int | None = Field(description="The fact that this one takes the place of")
    corrected_by: int | None = Field(description="The fact that took the place of this one")


class ActingOut(BaseModel):
    """A user who acts for the member, or did."""

    user_id: UUID
    name: str
    email: str | None = Field(examples=["ana@queretaro.example"])
    since: datetime = Field(description="UTC")
    by: UUID | None = Field(description="The user who saw to it; null for an application")
    ended_at: datetime | None = Field(description="Null while it lasts, UTC")
    ended_by: UUID | None
