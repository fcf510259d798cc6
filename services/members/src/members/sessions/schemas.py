"""Tokens and the signed-in user, as they are answered."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.members import MemberKind, MemberStatus


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
    email: str
    name: str
    roles: list[str] = Field(description="Granted, and following from membership", examples=[["member"]])
    members: list[MyMemberOut] = Field(description="The members for whom the user acts")
