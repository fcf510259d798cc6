"""Members, as they are sent and answered."""

from datetime import datetime
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


class FactOut(BaseModel):
    """Something that happened to a membership."""

    kind: str = Field(examples=["admitted"])
    effective_at: datetime = Field(description="From when on it counts, UTC")
    recorded_by: UUID | None = Field(description="The user who did it; null for an application")
    reason: str
