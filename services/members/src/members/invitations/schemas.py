"""Invitations, as they are sent and answered."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.members import MemberKind
from members.identity.schemas import Email, Password
from members.invitations.rules import MOST_USES
from members.membership.schemas.members import NewMember

Purpose = Literal["acting", "membership", "role"]
_PURPOSE = "`acting`: to act for a member; `membership`: to apply; `role`: to have a role in the network"


class NewInvitation(BaseModel):
    """What somebody is invited to."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same invitation")
    purpose: Purpose = Field(description=_PURPOSE)
    member_id: UUID | None = Field(default=None, description="For `acting`: the member to act for")
    kind: MemberKind | None = Field(default=None, description="For `membership`: only this kind; any when left out")
    admitted: bool = Field(default=False, description="For `membership`: whoever applies is admitted at once")
    role: str | None = Field(default=None, max_length=40, description="For `role`", examples=["coordinator"])
    note: str = Field(default="", max_length=300, description="Is shown and printed", examples=["Asamblea de marzo"])
    max_uses: int = Field(default=1, ge=1, le=MOST_USES, description="How many may follow it")
    expires_at: AwareDatetime | None = Field(default=None, description="In two weeks when left out; within a year")


class InvitationOut(BaseModel):
    """An invitation, to those who may hand it on."""

    id: UUID = Field(description="To show, print or withdraw it; not what is typed")
    purpose: Purpose = Field(description=_PURPOSE)
    member_id: UUID | None = Field(description="For `acting`: the member to act for")
    kind: MemberKind | None = Field(description="For `membership`: only this kind; null for any")
    admitted: bool = Field(description="Whoever applies is admitted at once")
    role: str | None = Field(description="For `role`", examples=["coordinator"])
    note: str = Field(examples=["Asamblea de marzo"])
    code: str | None = Field(
        description="To be typed or scanned; null if the secret behind it was changed", examples=["7Q2M-XB4K-9RTD-W0PA"]
    )
    url: str | None = Field(
        description="What the QR code holds", examples=["https://coope.example/invitations/7Q2M-XB4K-9RTD-W0PA"]
    )
    max_uses: int = Field(description="How many may follow it")
    uses: int = Field(description="How many did")
    state: Literal["open", "withdrawn", "expired", "used_up"] = Field(description="Only an open one can be followed")
    made_by: UUID = Field(description="The user who invites")
    made_at: datetime = Field(description="UTC")
    expires_at: datetime = Field(description="UTC")


class OfferOut(BaseModel):
    """What an invitation is for, to whoever has its code."""

    network: str = Field(examples=["La Coope"])
    purpose: Purpose = Field(description=_PURPOSE)
    member_name: str | None = Field(description="For whom one would act", examples=["Familia Luna"])
    kind: MemberKind | None = Field(description="For `membership`: only this kind; null for any")
    admitted: bool = Field(description="Whoever applies is admitted at once")
    role: str | None = Field(description="For `role`", examples=["coordinator"])
    note: str = Field(examples=["Asamblea de marzo"])
    expires_at: datetime = Field(description="UTC")


class InvitedUser(BaseModel):
    """Somebody who was not a user so far."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Ana Luz Ramírez"])
    email: Email
    password: Password


class InvitedApplication(NewMember):
    """An application; who is signed in needs no password."""

    password: Password = ""


class Acceptance(BaseModel):
    """What the invitation asks of who follows it; nothing of somebody who is signed in and is to act or have a role."""

    model_config = ConfigDict(extra="forbid")

    user: InvitedUser | None = Field(default=None, description="For `acting`, if you are not signed in")
    application: InvitedApplication | None = Field(default=None, description="For `membership`")


class AcceptedOut(BaseModel):
    """What came of it."""

    purpose: Purpose = Field(description=_PURPOSE)
    member_id: UUID | None = Field(description="For whom you act, or the member that you applied for")
    user_id: UUID | None = Field(
        description="You, if you were signed in. Otherwise sign in now, or look for a letter if you are a user already"
    )
    role: str | None = Field(description="The role that you have now", examples=["coordinator"])
