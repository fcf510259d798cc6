"""Standing is a function of dated facts and dated obligations; nothing else changes it.

Nothing is edited: a fact that was entered by mistake is corrected by a later one that names it, and only the last of such
a chain counts. So there is no status that somebody set by hand and nobody dares to touch, and what is dated in the future
comes about by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.members import MemberStatus
from kit.errors import Conflict, Invalid

FactKind = Literal[
    "applied", "admitted", "declined", "withdrawn", "suspended", "reinstated", "left", "excluded", "revoked"
]

#: The standing that begins with each fact; ``revoked`` begins none: it only takes the place of what it corrects.
STATUS_AFTER: dict[FactKind, MemberStatus] = {
    "applied": "applied",
    "admitted": "active",
    "declined": "declined",
    "withdrawn": "declined",
    "suspended": "suspended",
    "reinstated": "active",
    "left": "left",
    "excluded": "excluded",
}
#: The standings in which a membership is over, or never began; from here one may apply anew.
OUTSIDE: frozenset[MemberStatus] = frozenset({"left", "excluded", "declined"})
#: The standings of those who belong.
BELONGING: frozenset[MemberStatus] = frozenset({"active", "in_arrears", "suspended"})
#: The standings in which each fact can come about.
POSSIBLE_IN: dict[FactKind, frozenset[MemberStatus]] = {
    "applied": OUTSIDE,
    "admitted": frozenset({"applied"}),
    "declined": frozenset({"applied"}),
    "withdrawn": frozenset({"applied"}),
    "suspended": frozenset({"active", "in_arrears"}),
    "reinstated": frozenset({"suspended"}),
    "left": BELONGING,
    "excluded": BELONGING,
}
#: The first day that a membership can be dated to, and how far ahead something can be.
EARLIEST = date(1900, 1, 1)
LONGEST_AHEAD = timedelta(days=731)


@dataclass(frozen=True)
class StandingFact:
    """Something that happened to a membership, in force from ``effective_at``."""

    id: int
    kind: FactKind
    effective_at: datetime
    recorded_at: datetime
    #: The fact that this one takes the place of.
    corrects: int | None = None


@dataclass(frozen=True)
class Obligation:
    """Something owed: from ``arrears_at`` until it is cleared the member is in arrears with it."""

    arrears_at: datetime
    cleared_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A standing, and the instant from which it has held without a break."""

    status: MemberStatus
    since: datetime


def counting(facts: Iterable[StandingFact]) -> list[StandingFact]:
    """The facts that count, in the order in which they come into force; of one instant, the one recorded later wins."""
    known = list(facts)
    corrected = {fact.corrects for fact in known}
    real = (fact for fact in known if fact.id not in corrected and fact.kind != "revoked")
    return sorted(real, key=lambda fact: (fact.effective_at, fact.id))


def standing(facts: Iterable[StandingFact], obligations: Iterable[Obligation], now: datetime) -> Standing:
    """The standing at ``now``, by everything that is known of it.

    The newest fact in force decides; who would be ``active`` and owes something past its date is ``in_arrears``. Before
    anything is in force one is ``applied``.
    """
    in_force = [fact for fact in counting(facts) if fact.effective_at <= now]
    debts = [debt for debt in obligations if debt.arrears_at <= now]
    moments = {fact.effective_at for fact in in_force} | {debt.arrears_at for debt in debts}
    moments |= {debt.cleared_at for debt in debts if debt.cleared_at is not None and debt.cleared_at <= now}
    status, since = _at(in_force, debts, now), now
    for moment in sorted(moments, reverse=True):
        if _at(in_force, debts, moment) != status:
            break
        since = moment
    return Standing(status, since)


def _at(ordered: Sequence[StandingFact], debts: Sequence[Obligation], moment: datetime) -> MemberStatus:
    status: MemberStatus = "applied"
    for fact in ordered:
        if fact.effective_at <= moment:
            status = STATUS_AFTER[fact.kind]
    if status == "active" and any(_is_open(debt, moment) for debt in debts):
        return "in_arrears"
    return status


def _is_open(debt: Obligation, moment: datetime) -> bool:
    return debt.arrears_at <= moment and (debt.cleared_at is None or debt.cleared_at > moment)


def takes_effect(
    effective_on: date | None,
    facts: Iterable[StandingFact],
    now: datetime,
    zone: str,
    *,
    ahead: bool = True,
    field: str = "/effective_on",
) -> datetime:
    """The instant from which something dated so counts: the beginning of that day in the network's zone, or now.

    Of two that happen at once, the one that is recorded later counts later, whatever their clocks say. Raises Invalid for
    a day that can't be meant, and for a coming one unless ``ahead``.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if effective_on is None or effective_on == today:
        return max([now, *(fact.effective_at for fact in facts if fact.effective_at <= fact.recorded_at)])
    if not EARLIEST <= effective_on <= today + LONGEST_AHEAD:
        raise Invalid(
            "date_out_of_range",
            "A date between {first} and {last}",
            field=field,
            first=EARLIEST.isoformat(),
            last=(today + LONGEST_AHEAD).isoformat(),
        )
    if effective_on > today and not ahead:
        raise Invalid("date_in_future", "Today or a day before", field=field)
    return day_begins(effective_on, zone)


def day_begins(day: date, zone: str) -> datetime:
    """The instant at which a day of the network begins."""
    return datetime.combine(day, time.min, ZoneInfo(zone))


def check_sequence(facts: Iterable[StandingFact], new: StandingFact) -> None:
    """Raises Conflict if ``new`` can't happen at its date, or if something that comes later couldn't any more."""
    status: MemberStatus | None = None
    reached = new.corrects is not None
    for fact in counting([*facts, new]):
        fits = fact.kind == "applied" if status is None else status in POSSIBLE_IN[fact.kind]
        if fact is new and not fits:
            raise _wrong_standing(status or "applied", POSSIBLE_IN[fact.kind])
        if reached and not fits:
            raise Conflict(
                "standing_later",
                "What is recorded for a later date ({kind}) would not be possible any more; revoke that first",
                kind=fact.kind,
                extra={"fact_id": fact.id, "effective_at": fact.effective_at.isoformat()},
            )
        reached = reached or fact is new
        status = STATUS_AFTER[fact.kind]
    if status is None:
        raise Conflict("application_needed", "A membership begins with an application; that one can't be revoked")


def _wrong_standing(status: MemberStatus, possible: Iterable[MemberStatus]) -> Conflict:
    return Conflict(
        "wrong_standing",
        "That is not possible for a member whose status is {status}",
        status=status,
        extra={"standing": status, "possible_in": sorted(possible)},
    )
