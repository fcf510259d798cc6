"""Who may visit whom, and what a report has to say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from catalog.guarantee.rules.standards import Item
from catalog.producers.rules import Standing
from contracts.members import OFFERING_KINDS
from kit.errors import Conflict, Forbidden, Invalid, NotFound

#: Peers who must look, and sign (IFOAM's networks ask for two to five; ours for three).
FEWEST_PEERS = 3
MOST_PEERS = 20

Answer = Literal["yes", "no", "not_applicable"]
State = Literal["planned", "reported", "complete", "cancelled"]


@dataclass(frozen=True)
class Answered:
    """What peers found of one item. What fails says what was seen and what is to be done."""

    answer: Answer
    note: str = ""
    action: str = ""
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Report:
    """``id`` is the client's own: a phone that was offline may send it twice."""

    id: UUID
    happened_on: date
    answers: Mapping[str, Answered]
    note: str


@dataclass(frozen=True)
class Peer:
    member_id: UUID
    name: str | None
    signed: bool
    remark: str = ""


@dataclass(frozen=True)
class Visit:
    id: UUID
    application_id: UUID
    member_id: UUID
    planned_on: date
    cancelled: bool
    completed: bool
    report: Report | None
    peers: tuple[Peer, ...]

    @property
    def state(self) -> State:
        if self.cancelled:
            return "cancelled"
        if self.completed:
            return "complete"
        return "planned" if self.report is None else "reported"

    @property
    def signatures(self) -> int:
        return sum(peer.signed for peer in self.peers)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year, month = min(year, date.max.year), month + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def check_peers(visited_id: UUID, peer_ids: Sequence[UUID], known: Mapping[UUID, Standing]) -> None:
    """Raises Invalid for too few or too many peers, one named twice, the visited member itself, and for who is no
    producer of good standing."""
    if not FEWEST_PEERS <= len(peer_ids) <= MOST_PEERS:
        raise Invalid(
            "peer_count",
            "A visit has from {least} to {most} peers",
            field="/peer_ids",
            least=FEWEST_PEERS,
            most=MOST_PEERS,
        )
    for place, peer_id in enumerate(peer_ids):
        at = f"/peer_ids/{place}"
        if peer_id in peer_ids[:place]:
            raise Invalid("repeated", "Named twice", field=at)
        if peer_id == visited_id:
            raise Invalid("own_visit", "Nobody visits themselves: name another member", field=at)
        peer = known.get(peer_id)
        if peer is None or peer.kind not in OFFERING_KINDS or not peer.may_publish:
            raise Invalid("no_peer", "Peers are producers whose membership is active", field=at)


def check_mutual(peer_ids: Sequence[UUID], met: Collection[UUID], months: int) -> None:
    """Raises Conflict for a peer whom the visited member visits or visited less than so many months apart."""
    for place, peer_id in enumerate(peer_ids):
        if peer_id in met:
            raise Conflict(
                "mutual_review",
                "The member to be visited is a peer of this one within {months} months: no mutual reviews",
                field=f"/peer_ids/{place}",
                months=months,
            )


def check_planned(planned_on: date, today: date) -> None:
    """A visit that was made offline is noted afterwards; none is planned for years ahead."""
    if not months_after(today, -3) <= planned_on <= months_after(today, 24):
        raise Invalid("planned_on", "Within three months back and two years ahead", field="/planned_on")


def check_report(report: Report, checklist: Sequence[Item], planned_on: date, today: date) -> None:
    """Raises Invalid for a date to come or long before it was planned, an item that is not on the checklist or without an answer, and for a failure
    without what was seen and what is to be done."""
    if report.happened_on > today:
        raise Invalid("happened_on", "A visit is reported when it has been made", field="/happened_on")
    if report.happened_on < months_after(planned_on, -3):
        raise Invalid(
            "happened_on", "Not months before it was planned for, on {day}", field="/happened_on", day=planned_on
        )
    codes = {item.code for item in checklist}
    for code, answered in report.answers.items():
        at = f"/answers/{code[:60]}"
        if code not in codes:
            raise Invalid("unknown_item", "No such item on this version's checklist", field=at)
        if answered.answer == "no" and not answered.note.strip():
            raise Invalid("note_missing", "Say what was seen", field=f"{at}/note")
        if answered.answer == "no" and not answered.action.strip():
            raise Invalid("action_missing", "Say what is to be done about it", field=f"{at}/action")
    missing = [item.code for item in checklist if item.code not in report.answers]
    if missing:
        raise Invalid("answers_missing", "Not answered: {items}", field="/answers", items=", ".join(missing[:20]))


def check_reporting(visit: Visit, report: Report) -> bool:
    """False if the report is there already. Raises Conflict for another one, or a visit that was called off."""
    if visit.cancelled:
        raise cancelled()
    if visit.report is None:
        return True
    if visit.report == report:
        return False
    raise Conflict("reported_already", "This visit has a report; sign it, with a remark if you saw it otherwise")


def check_signing(visit: Visit, member_id: UUID) -> bool:
    """False if this peer has signed. Raises Forbidden for who is no peer, Conflict where nothing can be signed."""
    peer = next((one for one in visit.peers if one.member_id == member_id), None)
    if peer is None:
        raise Forbidden("no_peer_of_visit", "Only the visit's peers report on it and sign")
    if visit.cancelled:
        raise cancelled()
    if visit.report is None:
        raise Conflict("report_missing", "There is no report to sign yet")
    return not peer.signed


def check_cancelling(visit: Visit) -> None:
    if visit.report is not None:
        raise Conflict("reported_already", "This visit was made; it has a report")


def cancelled() -> Conflict:
    return Conflict("visit_cancelled", "This visit was called off")


def unknown() -> NotFound:
    return NotFound("visit_not_found", "There is no such visit")
