"""Non-conformities, as they are sent and answered."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.repository.nonconformities import EntryKind, Told
from catalog.guarantee.rules.nonconformities import State
from catalog.guarantee.rules.standards import Severity
from catalog.guarantee.schemas.sent import Code, NamedMember, Photos, Said, Sent
from catalog.guarantee.service.nonconformities import NewFinding


class NewNonconformity(Sent):
    """What the committee found beside a visit, or heard of."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same one")
    application_id: UUID
    item: Code | None = Field(default=None, description="The checklist's item that it is about, if one is")
    severity: Severity
    finding: Said = Field(examples=["An empty can of herbicide behind the shed"])
    action: Said = Field(examples=["Say where it came from; a soil test of the lower field"])
    due_on: date

    def finding_of(self) -> NewFinding:
        return NewFinding(
            self.id, self.application_id, self.item, self.severity, self.finding, self.action, self.due_on
        )


class NewEvidence(Sent):
    """What shows that it was mended."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is said once")
    text: Said
    photo_ids: Photos = Field(default=[])


class NonconformityExtension(Sent):
    due_on: date = Field(description="Later than the deadline that there is")
    reason: Said


class NonconformityClosing(Sent):
    text: Said = Field(description="What convinced the committee")


class NonconformityEntryOut(BaseModel):
    id: UUID
    kind: EntryKind
    text: str
    photo_ids: list[UUID]
    due_on: date | None = Field(description="The new deadline, of `extended`")
    at: datetime


class NonconformityOut(BaseModel):
    """Something that is not as the standard asks."""

    id: UUID
    application_id: UUID
    member: NamedMember
    visit_id: UUID | None = Field(description="The visit that found it; null for one that the committee opened")
    item: str | None
    severity: Severity
    finding: str
    action: str
    due_on: date
    state: State = Field(
        description="`overdue`: the producer is reminded; a major or critical one suspends the certificate after a grace"
    )
    opened_on: date
    closed_at: datetime | None
    entries: list[NonconformityEntryOut]

    @classmethod
    def of(cls, told: Told, today: date) -> "NonconformityOut":
        core = told.core
        return cls(
            id=core.id,
            application_id=core.application_id,
            member=NamedMember(id=core.member_id, name=told.member_name),
            visit_id=told.visit_id,
            item=told.item,
            severity=core.severity,
            finding=told.finding,
            action=told.action,
            due_on=core.due_on,
            state=core.state(today),
            opened_on=told.opened_on,
            closed_at=told.closed_at,
            entries=[
                NonconformityEntryOut(
                    id=one.id, kind=one.kind, text=one.text, photo_ids=list(one.photos), due_on=one.due_on, at=one.at
                )
                for one in told.entries
            ],
        )
