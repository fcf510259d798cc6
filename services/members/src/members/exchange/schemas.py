"""Payments between members, as they are sent and answered."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import RequestStatus
from contracts.values import Money


class PartyOut(BaseModel):
    """A member, as others may know it."""

    id: UUID
    number: str | None = Field(examples=["QRO-2026-0042"])
    name: str = Field(examples=["Familia Hernández Luna"])


class NewExchange(BaseModel):
    """What one member pays another."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same payment")
    payer_id: UUID = Field(description="A member that you act for")
    payee_id: UUID = Field(description="Who is paid; see `GET /v1/payees`")
    amount: Money
    text: str = Field(default="", max_length=200, description="What it is for", examples=["Two hours in the garden"])
    offer_id: UUID | None = Field(default=None, description="The offer of the catalogue that it is for, if any")


class ExchangeOut(BaseModel):
    """A payment that one member made to another."""

    id: UUID = Field(description="The transfer's id, as in the statement")
    payer: PartyOut
    payee: PartyOut
    amount: Money
    text: str
    offer_id: UUID | None
    at: datetime = Field(description="UTC")
    booked_on: date = Field(description="The date that it counts for", examples=["2026-03-07"])


class NewPaymentRequest(BaseModel):
    """What a member asks another to pay."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same request")
    payee_id: UUID = Field(description="A member that you act for")
    payer_id: UUID = Field(description="Who is asked to pay; see `GET /v1/payees`")
    amount: Money
    text: str = Field(default="", max_length=200, description="What it is for", examples=["A repaired bicycle"])
    offer_id: UUID | None = Field(default=None, description="The offer of the catalogue that it is for, if any")


class Why(BaseModel):
    """A word to the other side."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=200, examples=["It was one hour, not two"])


class PaymentRequestOut(BaseModel):
    """A payment that its payee asks for."""

    id: UUID = Field(description="Once it is paid, the payment has the same id")
    payer: PartyOut
    payee: PartyOut
    amount: Money
    text: str
    offer_id: UUID | None
    status: RequestStatus
    asked_at: datetime = Field(description="UTC")
    expires_at: datetime = Field(description="It can be answered until then, UTC")
    answered_at: datetime | None = Field(description="UTC")
    reason: str = Field(description="What was said when it was declined or withdrawn")
