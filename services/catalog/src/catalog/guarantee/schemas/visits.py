"""Visits, as they are sent and answered."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from catalog.guarantee.rules.visits import Answer, Answered, Report, State, Visit
from catalog.guarantee.schemas.plots import PlotOut
from catalog.guarantee.schemas.sent import NamedMember, Photos, Sent, Words
from catalog.guarantee.schemas.standards import StandardVersionOut
from catalog.guarantee.service.visits import Outing, Plan

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]


class NewVisit(Sent):
    """Who visits whom, and when."""

    id: UUID | None = Field(default=None, description="Your own id; sent twice, it is the same visit")
    application_id: UUID
    planned_on: date = Field(
        description="In the network's zone; a visit made offline is noted afterwards", examples=["2026-03-14"]
    )
    peer_ids: list[UUID] = Field(max_length=50, description="At least three producers; none whom the visited reviews")

    def plan(self) -> Plan:
        return Plan(self.id, self.application_id, self.planned_on, self.peer_ids)


class ChecklistAnswerBody(Sent):
    """What was found of one item."""

    answer: Answer = Field(examples=["yes"])
    note: Note = Field(default="", description="What was seen; needed with no")
    action: Note = Field(default="", description="What is to be done; needed with no")
    photos: Photos = Field(default=[])


class NewVisitReport(Sent):
    """What a visit found."""

    id: UUID = Field(description="Your own id: a phone that was offline may send it again")
    member_id: UUID | None = Field(default=None, description="The peer, where you act for several")
    happened_on: date = Field(examples=["2026-03-14"])
    answers: dict[str, ChecklistAnswerBody] = Field(
        max_length=200, description="By the code of the item; every item of the version's checklist"
    )
    note: Words = ""

    def report(self) -> Report:
        answers = {
            code: Answered(one.answer, one.note, one.action, tuple(one.photos)) for code, one in self.answers.items()
        }
        return Report(self.id, self.happened_on, answers, self.note)


class VisitSigning(Sent):
    member_id: UUID | None = Field(default=None, description="The peer, where you act for several")
    remark: Note = Field(default="", description="What you saw otherwise than the report says")


class VisitPeerOut(NamedMember):
    signed: bool
    remark: str


class ChecklistAnswerOut(BaseModel):
    answer: Answer
    note: str
    action: str
    photos: list[UUID]


class VisitReportOut(BaseModel):
    id: UUID
    happened_on: date
    answers: dict[str, ChecklistAnswerOut]
    note: str


class VisitOut(BaseModel):
    """A visit of peers."""

    id: UUID
    application_id: UUID
    member_id: UUID = Field(description="Who is visited")
    planned_on: date
    state: State = Field(description="`complete` once three peers have signed the report", examples=["reported"])
    peers: list[VisitPeerOut]
    report: VisitReportOut | None

    @classmethod
    def of(cls, visit: Visit) -> "VisitOut":
        return cls(
            id=visit.id,
            application_id=visit.application_id,
            member_id=visit.member_id,
            planned_on=visit.planned_on,
            state=visit.state,
            peers=[
                VisitPeerOut(id=one.member_id, name=one.name, signed=one.signed, remark=one.remark)
                for one in visit.peers
            ],
            report=None if visit.report is None else _report_out(visit.report),
        )


def _report_out(report: Report) -> VisitReportOut:
    answers = {
        code: ChecklistAnswerOut(answer=one.answer, note=one.note, action=one.action, photos=list(one.photos))
        for code, one in report.answers.items()
    }
    return VisitReportOut(id=report.id, happened_on=report.happened_on, answers=answers, note=report.note)


class VisitToMakeOut(VisitOut):
    """A visit with what its peers need to make it, also without a connection."""

    member: NamedMember
    version: StandardVersionOut = Field(description="With the checklist that is to be answered")
    plots: list[PlotOut] = Field(description="Where to go")

    @classmethod
    def of_outing(cls, outing: Outing) -> "VisitToMakeOut":
        application = outing.application
        return cls(
            **dict(VisitOut.of(outing.visit)),
            member=NamedMember(id=application.member_id, name=application.member_name),
            version=StandardVersionOut.of(outing.version),
            plots=[PlotOut.of(plot) for plot in outing.plots],
        )
