"""What is not as it should be, until when it has to be, and what follows if it isn't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from catalog.guarantee.rules.standards import Item, Severity
from catalog.guarantee.rules.visits import Report
from kit.errors import Conflict, Invalid, NotFound

State = Literal["open", "overdue", "closed"]
#: What is not mended in time suspends a certificate; a minor one waits for the next decision.
SUSPENDING: frozenset[Severity] = frozenset({"major", "critical"})
FURTHEST = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Finding:
    """A non-conformity to be opened."""

    item: str | None
    severity: Severity
    finding: str
    action: str
    due_on: date


@dataclass(frozen=True)
class Nonconformity:
    id: UUID
    application_id: UUID
    member_id: UUID
    severity: Severity
    due_on: date
    closed: bool
    reminded_of: date | None
    suspended_of: date | None

    def state(self, today: date) -> State:
        if self.closed:
            return "closed"
        return "overdue" if today > self.due_on else "open"


def findings(
    report: Report, checklist: Sequence[Item], days: Mapping[Severity, int], today: date
) -> tuple[Finding, ...]:
    """What a report found failing, each with the time that the standard gives from the visit on. Nobody is late from
    the start: what was reported long after has at least a week."""
    found = []
    for item in checklist:
        answered = report.answers.get(item.code)
        if answered is not None and answered.answer == "no":
            due = max(report.happened_on + timedelta(days[item.severity]), today + timedelta(7))
            found.append(Finding(item.code, item.severity, answered.note, answered.action, due))
    return tuple(found)


def check_due(due_on: date, today: date, *, after: date | None = None) -> None:
    """Raises Invalid for a deadline that has passed, is not later than the one it takes the place of, or is years
    away."""
    least = max(today, after + timedelta(1)) if after else today
    if not least <= due_on <= today + FURTHEST:
        raise Invalid("due_on", "From {first} to {last}", field="/due_on", first=least, last=today + FURTHEST)


def check_open(nonconformity: Nonconformity) -> None:
    if nonconformity.closed:
        raise Conflict("closed_already", "This non-conformity is closed")


def must_remind(nonconformity: Nonconformity, today: date) -> bool:
    """Overdue, and not yet said of this deadline."""
    return nonconformity.state(today) == "overdue" and nonconformity.reminded_of != nonconformity.due_on


def must_suspend(nonconformity: Nonconformity, today: date, grace: int) -> bool:
    """Still open so many days after its deadline, of which the producer was reminded."""
    return (
        not nonconformity.closed
        and nonconformity.severity in SUSPENDING
        and nonconformity.reminded_of == nonconformity.due_on
        and nonconformity.suspended_of != nonconformity.due_on
        and today > nonconformity.due_on + timedelta(grace)
    )


def unknown() -> NotFound:
    return NotFound("nonconformity_not_found", "There is no such non-conformity")
