"""Applications and decisions, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from catalog.guarantee.repository.applications import Application, Recorded, State
from catalog.guarantee.rules.certificates import Outcome
from catalog.guarantee.rules.decisions import Aside, Decision
from catalog.guarantee.schemas.nonconformities import NonconformityOut
from catalog.guarantee.schemas.plots import PlotOut
from catalog.guarantee.schemas.sent import Code, Line, NamedMember, Said, Sent
from catalog.guarantee.schemas.visits import VisitOut
from catalog.guarantee.service.applications import File, Pledge
from kit.ids import new_id

Products = Annotated[
    list[Line], Field(max_length=100, description="What it is for, in words", examples=[["Jitomate", "Calabaza"]])
]


class NewApplication(Sent):
    """A pledge, and what it is for."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same application")
    member_id: UUID | None = Field(default=None, description="Needed where you act for several producers")
    standard: Code = Field(examples=["agroecological"])
    version: int = Field(ge=1, description="The version whose pledge you have read and sign", examples=[1])
    signed_name: Line = Field(description="Who signs", examples=["María Luna Ortiz"])
    plot_ids: list[UUID] = Field(default=[], max_length=50)
    products: Products = Field(default=[])

    def pledge(self) -> Pledge:
        return Pledge(
            self.id, self.member_id, self.standard, self.version, self.signed_name, self.plot_ids, self.products
        )


class ApplicationOut(BaseModel):
    """A producer's pledge to keep a standard."""

    id: UUID
    member: NamedMember
    standard: str = Field(examples=["agroecological"])
    version: int
    products: list[str]
    signed_name: str
    signed_at: datetime
    state: State = Field(
        description="What is next: `pledged` (a visit is to be planned), `to_visit`, `to_sign`, `to_decide`; or "
        "`decided`, `withdrawn`"
    )

    @classmethod
    def of(cls, application: Application) -> "ApplicationOut":
        return cls(
            id=application.id,
            member=NamedMember(id=application.member_id, name=application.member_name),
            standard=application.standard,
            version=application.version,
            products=list(application.products),
            signed_name=application.signed_name,
            signed_at=application.signed_at,
            state=application.state,
        )


class AsideBody(Sent):
    """A member of the committee who took no part."""

    member_id: UUID
    reason: Said = Field(examples=["Visited it"])


class NewDecision(Sent):
    """What the committee decided."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same decision")
    after: UUID | None = Field(
        default=None, description="The decision on this application that it follows; null for the first"
    )
    outcome: Outcome = Field(examples=["certified"])
    stage: int | None = Field(default=None, ge=0, le=2, description="With in_conversion: 0, 1, 2 for T0, T1, T2")
    decided_on: date = Field(examples=["2026-03-20"])
    valid_until: date | None = Field(
        default=None, description="The last day; as long as the standard allows, if left out"
    )
    reasons: Said
    products: Products = Field(default=[], description="The scope; as applied for, if left out")
    decided_by: list[UUID] = Field(max_length=50, description="The members whose people decided")
    stood_aside: list[AsideBody] = Field(default=[], max_length=50)

    def decision(self) -> Decision:
        return Decision(
            id=self.id or new_id(),
            outcome=self.outcome,
            stage=self.stage,
            decided_on=self.decided_on,
            valid_until=self.valid_until,
            reasons=self.reasons,
            products=tuple(self.products),
            decided_by=tuple(self.decided_by),
            stood_aside=tuple(Aside(one.member_id, one.reason) for one in self.stood_aside),
        )


class AsideOut(BaseModel):
    member_id: UUID
    reason: str


class DecisionOut(BaseModel):
    """A decision, as it was recorded; never changed."""

    id: UUID
    outcome: Outcome
    stage: int | None
    decided_on: date
    valid_until: date | None
    reasons: str
    products: list[str]
    decided_by: list[UUID]
    stood_aside: list[AsideOut]
    recorded_at: datetime

    @classmethod
    def of(cls, recorded: Recorded) -> "DecisionOut":
        decision = recorded.decision
        return cls(
            id=decision.id,
            outcome=decision.outcome,
            stage=decision.stage,
            decided_on=decision.decided_on,
            valid_until=decision.valid_until,
            reasons=decision.reasons,
            products=list(decision.products),
            decided_by=list(decision.decided_by),
            stood_aside=[AsideOut(member_id=one.member_id, reason=one.reason) for one in decision.stood_aside],
            recorded_at=recorded.recorded_at,
        )


class ApplicationFileOut(ApplicationOut):
    """An application with all that belongs to it."""

    plots: list[PlotOut]
    visits: list[VisitOut]
    nonconformities: list[NonconformityOut]
    decisions: list[DecisionOut]

    @classmethod
    def of_file(cls, file: File, today: date) -> "ApplicationFileOut":
        return cls(
            **dict(ApplicationOut.of(file.application)),
            plots=[PlotOut.of(one) for one in file.plots],
            visits=[VisitOut.of(one) for one in file.visits],
            nonconformities=[NonconformityOut.of(one, today) for one in file.nonconformities],
            decisions=[DecisionOut.of(one) for one in file.decisions],
        )
