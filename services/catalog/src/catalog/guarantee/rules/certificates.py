"""What a certificate is worth on a date: it follows from dated facts and from nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

Outcome = Literal["in_conversion", "certified", "conditional", "refused"]
Status = Literal["in_conversion", "certified", "conditional", "refused", "suspended", "lapsed", "ended"]
Kind = Literal["decided", "suspended", "reinstated", "ended"]
#: Who or what a suspension comes from; it ends when that does.
Cause = Literal["committee", "nonconformity", "member"]

VALID: frozenset[str] = frozenset({"in_conversion", "certified", "conditional"})
#: Days before its end on which a certificate's holder is reminded.
REMINDERS = (90, 30, 7)


@dataclass(frozen=True)
class Fact:
    """Something that happened to a certificate. Facts are in the order of their places, their dates never go back."""

    kind: Kind
    on: date
    cause: Cause = "committee"
    cause_id: UUID | None = None
    version_id: UUID | None = None
    outcome: Outcome | None = None
    stage: int | None = None
    valid_until: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Standing:
    """What a certificate is on a date; ``until`` is its last day."""

    status: Status
    stage: int | None
    until: date | None
    version_id: UUID | None
    causes: frozenset[tuple[Cause, UUID | None]] = frozenset()

    @property
    def valid(self) -> bool:
        return self.status in VALID


def standing(facts: Iterable[Fact], on: date) -> Standing | None:
    """What the certificate is on that date; None before the first decision.

    A decision holds until its last day, included, or until the next. While any cause of suspension lasts, it is
    suspended; a new decision ends the committee's own suspensions, for it has seen them. What has ended comes back by
    a new decision alone.
    """
    decided: Fact | None = None
    causes: set[tuple[Cause, UUID | None]] = set()
    ended = False
    for fact in facts:
        if fact.on > on:
            continue
        if fact.kind == "decided":
            decided, ended = fact, False
            causes = {cause for cause in causes if cause[0] != "committee"}
        elif fact.kind == "suspended":
            causes.add((fact.cause, fact.cause_id))
        elif fact.kind == "reinstated":
            causes.discard((fact.cause, fact.cause_id))
        else:
            ended = True
    if decided is None or decided.outcome is None:
        return None
    status: Status = decided.outcome
    if ended:
        status = "ended"
    elif decided.valid_until is not None and on > decided.valid_until:
        status = "lapsed"
    elif causes and status != "refused":
        status = "suspended"
    stage = decided.stage if status == "in_conversion" else None
    return Standing(status, stage, decided.valid_until, decided.version_id, frozenset(causes))


@dataclass(frozen=True)
class Backing:
    """What a version of a standard backs: words of the catalog, and the one that land in conversion may use."""

    practices: tuple[str, ...]
    conversion_practice: str | None
    required: bool


def backed(backing: Backing, status: Status) -> frozenset[str]:
    """The words that a certificate of this status allows. Who is certified may call a field in transition, too."""
    conversion = {backing.conversion_practice} - {None}
    if status == "in_conversion":
        return frozenset(word for word in conversion if word)
    if status in VALID:
        return frozenset((*backing.practices, *(word for word in conversion if word)))
    return frozenset()


@dataclass(frozen=True)
class Certificate:
    """A certificate with what was told of it last."""

    id: UUID
    code: str
    member_id: UUID
    member_name: str | None
    standard_id: UUID
    standard: str
    standard_name: dict[str, str]
    backing: Backing
    products: tuple[str, ...]
    issued_on: date
    status: Status
    stage: int | None
    valid_until: date | None
    told_name: str
    version: int
    changed_at: datetime


def demanded(in_force: Iterable[Backing]) -> frozenset[str]:
    """The words that need a certificate: those that a required standard in force backs."""
    return frozenset(
        word
        for backing in in_force
        if backing.required
        for word in (*backing.practices, backing.conversion_practice)
        if word
    )


def withheld(demanded_words: Collection[str], held: Sequence[tuple[Backing, Status]]) -> dict[str, str | None]:
    """The words that a member with these certificates may not show, each with the one that stands in its place: in
    conversion, that of the conversion."""
    allowed = {word for backing, status in held for word in backed(backing, status)}
    instead = {
        word: backing.conversion_practice
        for backing, status in held
        if status == "in_conversion"
        for word in backing.practices
    }
    return {word: instead.get(word) for word in demanded_words if word not in allowed}


@dataclass(frozen=True)
class CertificateOn:
    """One word of the catalog that a certificate stands for, and what the certificate was on the date asked for."""

    code: str
    standard: str
    practice: str
    status: Status
    valid_until: date | None

    @property
    def valid(self) -> bool:
        return self.status in VALID


def words(backing: Backing, status: Status) -> tuple[str, ...]:
    """The words that a certificate is about: in conversion the one for that, if there is one."""
    if status == "in_conversion" and backing.conversion_practice:
        return (backing.conversion_practice,)
    return backing.practices


def due_reminder(until: date, today: date, sent: Collection[int]) -> int | None:
    """The reminder to send today, in days ahead: the nearest that is due, if neither it nor a nearer one was sent."""
    left = (until - today).days
    due = [days for days in REMINDERS if 0 <= left <= days]
    if not due or any(days <= min(due) for days in sent):
        return None
    return min(due)
