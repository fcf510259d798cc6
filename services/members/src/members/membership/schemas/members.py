"""Members, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import MemberKind, MemberStatus
from members.identity.schemas import Email, Password

Language = Literal["es", "en", "qu", "otq"]


Country = Annotated[str, Field(min_length=2, max_length=2, description="ISO 3166-1 alpha-2", examples=["MX"])]


class AddressBody(BaseModel):
    """Where letters reach a member."""

    model_config = ConfigDict(extra="forbid")

    street: str = Field(min_length=1, max_length=200, examples=["Calle Hidalgo 12, int. 3"])
    town: str = Field(min_length=1, max_length=120, examples=["Querétaro"])
    postal_code: str | None = Field(default=None, min_length=1, max_length=20, examples=["76000"])
    country: Country | None = Field(default=None, description="The member's own when left out (ISO 3166-1 alpha-2)")


class RepresentativeBody(BaseModel):
    """Who signs for a member, by law or by its assembly's word."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Rosa Martínez Olvera"])
    document: str = Field(
        min_length=1, max_length=60, description="Number of an identity document", examples=["IDMEX1234567"]
    )


Answers = Annotated[
    dict[Annotated[str, Field(max_length=40)], str | bool | int | None],
    Field(max_length=40, examples=[{"how_heard": "market"}]),
]


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
        default=None,
        min_length=1,
        max_length=40,
        description="As the member's country makes them (RFC, NIF, RUC), or with another country's letters before it",
    )
    language: Language | None = Field(default=None, description="The network's own when left out")
    country: Country | None = Field(default=None, description="If not the network's own (ISO 3166-1 alpha-2)")
    address: AddressBody | None = None
    representative: RepresentativeBody | None = None
    answers: Answers = Field(default={}, description="Answers to the network's own questions, by code")


class MemberPatch(BaseModel):
    """What is to change; what is left out stays. null empties what may be empty."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Familia Hernández Luna"])
    email: Email | None = Field(default=None, description="Where the network writes to; signing in is another matter")
    phone: str | None = Field(default=None, max_length=40, examples=["+52 442 123 4567"])
    tax_id: str | None = Field(default=None, min_length=1, max_length=40)
    country: Country | None = None
    address: AddressBody | None = None
    representative: RepresentativeBody | None = None
    language: Language | None = None
    kind: MemberKind | None = Field(default=None, description="By coordinators only")
    number: str | None = Field(
        default=None, max_length=40, description="By coordinators only", examples=["QRO-2026-0042"]
    )
    notes: str | None = Field(default=None, max_length=5000, description="By coordinators only, who alone see them")


class Withdrawal(BaseModel):
    """By whom an application is taken back."""

    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(
        default=None, max_length=128, description="The one chosen with the application, by who is not signed in"
    )


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


class AddressOut(BaseModel):
    """Where letters reach a member."""

    street: str
    town: str
    postal_code: str | None
    country: str | None


class RepresentativeOut(BaseModel):
    """Who signs for a member."""

    name: str
    document: str


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
    country: str | None = Field(description="If not the network's own", examples=["MX"])
    address: AddressOut | None
    representative: RepresentativeOut | None


class MemberDetail(MemberOut):
    """A member with all that is known of it. Its ETag is needed to change it."""

    answers: dict[str, str | bool | int] = Field(description="What it answered when it applied, by question")
    form_version: int = Field(description="The version of the application form that was answered")
    notes: str | None = Field(description="To coordinators only; null to others")


class ChangeOut(BaseModel):
    """A particular that somebody changed."""

    field: str = Field(examples=["phone"])
    before: Any = Field(description="null also where the member was erased")
    after: Any
    at: datetime = Field(description="UTC")
    by: UUID | None = Field(description="The user who did it; null for an import")


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

    user_id: UUID = Field(description="The user who acts")
    name: str = Field(examples=["Ana Luz Ramírez"])
    email: str | None = Field(examples=["ana@queretaro.example"])
    since: datetime = Field(description="UTC")
    by: UUID | None = Field(description="The user who saw to it; null for an application")
    ended_at: datetime | None = Field(description="Null while it lasts, UTC")
    ended_by: UUID | None = Field(description="The user who ended it")
