"""Reports, as they are asked for and listed."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class NewReport(BaseModel):
    """The days whose report is to be published."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same report")
    since: date = Field(alias="from", examples=["2026-01-01"])
    until: date = Field(description="The last day; it must be over", examples=["2026-12-31"])


class ReportOut(BaseModel):
    """A published report. What it says is at its address."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    id: UUID
    since: date = Field(alias="from")
    until: date
    currency: str = Field(examples=["EUR"])
    digest: str = Field(description="SHA-256 of the report's JSON, byte by byte, as hexadecimal digits")
    published_at: datetime = Field(description="UTC")
