"""Users and roles, as they are sent and answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Password = Annotated[str, Field(max_length=1000, description="8 to 128 characters", examples=["seis nopales al sol"])]
Email = Annotated[str, Field(max_length=1000, description="E-mail address", examples=["ana@queretaro.example"])]
Roles = Annotated[list[str], Field(max_length=10, description="Roles that somebody grants", examples=[["coordinator"]])]


class NewUser(BaseModel):
    """Somebody who works for the network without being a member of it."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Password
    name: str = Field(min_length=1, max_length=200, examples=["Ana Luz Ramírez"])
    roles: Roles = []


class NewRoles(BaseModel):
    """The roles that the user is to have from now on."""

    model_config = ConfigDict(extra="forbid")

    roles: Roles
    reason: str = Field(default="", max_length=500, examples=["Elected by the assembly of 7 March"])


class UserOut(BaseModel):
    """A user."""

    id: UUID
    email: str | None = Field(
        description="Null for someone who signs in elsewhere", examples=["tesorera@queretaro.example"]
    )
    phone: str | None = Field(description="E.164", examples=["+524421234567"])
    name: str = Field(examples=["Ana Luz Ramírez"])
    roles: list[str] = Field(description="Granted roles; those that follow from membership are in the token")


class GrantOut(BaseModel):
    """A role granted or withdrawn."""

    role: str = Field(examples=["treasurer"])
    granted: bool = Field(description="False when it was withdrawn")
    at: datetime = Field(description="When, UTC")
    by: UUID | None = Field(description="The user who did it; null when the network was set up")
    reason: str
