"""What waits for whom, as it is answered."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.schemas.applications import ApplicationOut
from catalog.guarantee.schemas.certificates import CertificateLine
from catalog.guarantee.schemas.nonconformities import NonconformityOut
from catalog.guarantee.schemas.sent import NamedMember


class WaitingVisit(BaseModel):
    """A visit that peers owe something."""

    id: UUID
    application_id: UUID
    member_id: UUID
    planned_on: date
    late: bool = Field(description="Its day is over, and there is no report")
    waits_for: list[NamedMember] = Field(description="Peers who have not signed")


class GuaranteeBoardOut(BaseModel):
    """What waits, and for whom; at most 100 of each, the oldest first."""

    to_plan: list[ApplicationOut] = Field(description="For the committee: plan a visit")
    to_visit: list[WaitingVisit] = Field(description="For peers: visit, report, sign")
    to_decide: list[ApplicationOut] = Field(description="For the committee: decide")
    to_mend: list[NonconformityOut] = Field(description="For producers: mend; for the committee: close")
    to_renew: list[CertificateLine] = Field(description="For producers: certificates that end within 90 days")
