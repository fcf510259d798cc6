"""Tokens and the signed-in user, as they are answered."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import MemberKind, MemberStatus
from members.identity.schemas import Email, Password


class TokensOut(BaseModel):
    """RFC 6749 section 5.1."""

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    token_type: Literal["bearer"] = Field(default="bearer")
    expires_in: int = Field(description="Seconds", examples=[900])
    refresh_token: str = Field(description="Good for one refresh; the answer has the next one")


class JwksOut(BaseModel):
    """RFC 7517 section 5."""

    keys: list[dict[str, Any]]


class MyMemberOut(BaseModel):
    """A member for whom the user acts."""

    id: UUID
    number: str | None = Field(examples=["QRO-2026-0042"])
    kind: MemberKind
    name: str
    status: MemberStatus


class MeOut(BaseModel):
    """The signed-in user."""

    user_id: UUID
    email: str | None = Field(description="Null for someone who signs in elsewhere", examples=["ana@queretaro.example"])
    phone: str | None = Field(description="E.164", examples=["+524421234567"])
    name: str
    roles: list[str] = Field(description="Granted, and following from membership", examples=[["member"]])
    members: list[MyMemberOut] = Field(description="The members for whom the user acts")


class NamedUser(BaseModel):
    """Somebody, by the name that they sign in with."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(
        min_length=1, max_length=1000, description="E-mail address or phone number", examples=["ana@queretaro.example"]
    )


class SentOut(BaseModel):
    """The same whether somebody has the name or not: if somebody has, a letter is on its way."""

    expires_in: int = Field(description="Seconds that what is in the letter will be good for", examples=[600])


class NewPassword(BaseModel):
    """The password from now on."""

    model_config = ConfigDict(extra="forbid")

    password: Password


class ChangedPassword(BaseModel):
    """Another password, by someone who knows the one before."""

    model_config = ConfigDict(extra="forbid")

    current: str = Field(max_length=1000, description="The password until now")
    new: Password


class ChangedEmail(BaseModel):
    """Another address, by someone who knows the password."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: str = Field(max_length=1000, description="Your password")


class ChangedPhone(BaseModel):
    """Another phone number, by someone who knows the password."""

    model_config = ConfigDict(extra="forbid")

    phone: str | None = Field(
        max_length=40, description="To sign in with; null for none", examples=["+52 442 123 4567"]
    )
    password: str = Field(max_length=1000, description="Your password")


class PhoneOut(BaseModel):
    """The phone number that signs in."""

    phone: str | None = Field(description="E.164", examples=["+524421234567"])


class ConfirmedOut(BaseModel):
    """The member for which the user acts now."""

    member_id: UUID


class Rotation(BaseModel):
    """Why the keys are changed out of turn."""

    model_config = ConfigDict(extra="forbid")

    compromised: bool = Field(default=False, description="Somebody else may have them: they are removed at once")
    reason: str = Field(default="", max_length=500, description="For the log", examples=["A backup went astray"])


class RotatedOut(BaseModel):
    """The key that signs from then on."""

    kid: str = Field(description="The key's name, as tokens and the published keys have it")
    signs_from: datetime = Field(description="UTC")
    removed: list[str] = Field(description="Keys that are good no more")
