"""SEPA direct debits (CORE): mandates, their sequence, when may be collected, and what a return means.

Rules of the European Payments Council's SDD Core scheme. Amounts are cents.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from kit.errors import Conflict, Invalid
from members.banking.rules.calendar import is_target_day, next_target_day, target_days_after

SequenceType = Literal["FRST", "RCUR", "OOFF", "FNAL"]
MandateUse = Literal["recurrent", "one_off"]
ItemState = Literal["collecting", "paid", "returned", "withdrawn"]

#: A mandate not used for so many months has lapsed.
LAPSES_AFTER_MONTHS = 36
#: Days that a file may look ahead: banks take no later ones.
FURTHEST = 90

#: What banks give as reasons (ISO 20022 external return codes), and whether the mandate is over by it.
RETURN_REASONS: dict[str, bool] = {
    "AC01": True,
    "AC04": True,
    "AC06": True,
    "AC13": True,
    "AG01": True,
    "AG02": False,
    "AM04": False,
    "AM05": False,
    "BE05": False,
    "CNOR": False,
    "DNOR": False,
    "FF01": False,
    "MD01": True,
    "MD02": True,
    "MD06": False,
    "MD07": True,
    "MS02": False,
    "MS03": False,
    "RC01": True,
    "RR01": False,
    "RR02": False,
    "RR03": False,
    "RR04": False,
    "SL01": True,
}


@dataclass(frozen=True)
class ItemInvoice:
    """An invoice that is collected, and what was open of it."""

    id: UUID
    number: str
    amount: int


@dataclass(frozen=True)
class Item:
    """What is collected by one mandate. ``payment_id`` is kept also after it came back."""

    id: UUID
    debit_id: UUID
    mandate_id: UUID
    member_id: UUID
    end_to_end_id: str
    sequence: SequenceType
    batch: str
    amount: int
    state: ItemState
    payment_id: UUID | None
    returned_on: date | None
    return_reason: str | None
    line_id: UUID | None
    return_line_id: UUID | None
    mandate_reference: str
    iban: str
    holder: str
    invoices: tuple[ItemInvoice, ...]


_REFERENCE = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")


@dataclass(frozen=True)
class Mandate:
    """A member's word that we may collect. ``used`` is how often it was presented and not turned down unsettled."""

    id: UUID
    member_id: UUID
    reference: str
    iban: str
    bic: str
    holder: str
    use: MandateUse
    signed_on: date
    revoked_on: date | None = None
    last_used_on: date | None = None
    used: int = 0
    #: The next collection is the last one.
    final: bool = False

    def sequence(self) -> SequenceType:
        """What the file says of it. FRST and RCUR have had the same deadlines since 2016, but Spain's banks still tell
        them apart. Raises Conflict for one that has been used up."""
        if self.use == "one_off":
            if self.used:
                raise Conflict("mandate_used_up", "This mandate was for one collection, which has been made")
            return "OOFF"
        if self.final:
            return "FNAL"
        return "RCUR" if self.used else "FRST"

    def why_not(self, day: date) -> str | None:
        """Why nothing can be collected by it on that day, as a code; None if it can."""
        if self.revoked_on is not None and self.revoked_on <= day:
            return "mandate_revoked"
        if self.signed_on > day:
            return "mandate_not_signed_yet"
        if self.use == "one_off" and self.used:
            return "mandate_used_up"
        if _months_between(self.last_used_on or self.signed_on, day) >= LAPSES_AFTER_MONTHS:
            return "mandate_lapsed"
        return None


def _months_between(early: date, late: date) -> int:
    return (late.year - early.year) * 12 + late.month - early.month - (late.day < early.day)


def mandate_reference(text: str, field: str = "/reference") -> str:
    """A unique mandate reference: up to 35 of the letters that SEPA knows. Raises Invalid."""
    reference = text.strip()
    if not _REFERENCE.fullmatch(reference) or reference.startswith("/") or "//" in reference:
        raise Invalid("mandate_reference_invalid", "1 to 35 letters, digits and + ? / : ( ) . , ' -", field=field)
    return reference


def check_signed(signed_on: date, today: date) -> None:
    """Raises Invalid for a mandate that was signed tomorrow, or before there was SEPA."""
    if signed_on > today:
        raise Invalid("signed_in_future", "Not later than today, {today}", field="/signed_on", today=today.isoformat())
    if signed_on < date(2009, 11, 1):
        raise Invalid(
            "signed_before_sepa", "There were no such mandates before {first}", field="/signed_on", first=_FIRST
        )


_FIRST = "2009-11-01"


def check_collect_on(collect_on: date, today: date, *, lead_days: int, notice_days: int) -> None:
    """Raises Invalid unless the day is a target day, far enough for the bank and for the member who is told before.

    ``lead_days`` are target days, ``notice_days`` calendar days (14 by the scheme unless agreed otherwise).
    """
    field = "/collect_on"
    if not is_target_day(collect_on):
        raise Invalid(
            "not_a_target_day",
            "No payments on that day; the next day that will do is {next}",
            field=field,
            next=next_target_day(collect_on).isoformat(),
        )
    earliest = earliest_collection(today, lead_days=lead_days, notice_days=notice_days)
    if collect_on < earliest:
        raise Invalid("collect_too_soon", "Not before {earliest}", field=field, earliest=earliest.isoformat())
    if collect_on > today + timedelta(days=FURTHEST):
        latest = today + timedelta(days=FURTHEST)
        raise Invalid("collect_too_late", "Not after {latest}", field=field, latest=latest.isoformat())


def earliest_collection(today: date, *, lead_days: int, notice_days: int) -> date:
    """The first day that leaves the bank and the member their time."""
    return next_target_day(max(target_days_after(today, lead_days), today + timedelta(days=notice_days)))


def check_state(state: ItemState, wanted: Sequence[ItemState]) -> None:
    """Raises Conflict unless the debit is in one of these states."""
    if state not in wanted:
        raise Conflict("debit_wrong_state", "That is not possible for a debit that is {state}", state=state)


def check_return(reason: str) -> None:
    """Raises Invalid for a reason that banks don't give."""
    if reason not in RETURN_REASONS:
        known = ", ".join(RETURN_REASONS)
        raise Invalid(
            "return_reason_unknown", "Not a reason for a return; there are {known}", field="/reason", known=known
        )
