"""Standing follows from dated facts; nothing else changes it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import OFFERING_KINDS, MemberKind, MemberStatus
from kit.errors import Conflict, Invalid

FactKind = Literal["applied", "admitted", "declined", "suspended", "reinstated", "left", "excluded"]

#: The standing that begins with each fact.
STATUS_AFTER: dict[FactKind, MemberStatus] = {
    "applied": "applied",
    "admitted": "active",
    "declined": "declined",
    "suspended": "suspended",
    "reinstated": "active",
    "left": "left",
    "excluded": "excluded",
}
#: The standings in which each fact can come about.
_BELONGING: frozenset[MemberStatus] = frozenset({"active", "in_arrears", "suspended"})
POSSIBLE_IN: dict[FactKind, frozenset[MemberStatus]] = {
    "admitted": frozenset({"applied"}),
    "declined": frozenset({"applied"}),
    "suspended": frozenset({"active", "in_arrears"}),
    "reinstated": frozenset({"suspended"}),
    "left": _BELONGING,
    "excluded": _BELONGING,
}

_PHONE = re.compile(r"\+?[0-9]{7,15}")


@dataclass(frozen=True)
class MemberRecord:
    """A member with the standing it has at some instant."""

    id: UUID
    number: str | None
    kind: MemberKind
    name: str
    email: str
    phone: str | None
    tax_id: str | None
    language: str
    applied_at: datetime
    version: int
    status: MemberStatus


def status_after(fact: FactKind) -> MemberStatus:
    """The standing while this fact is the newest one in force."""
    return STATUS_AFTER[fact]


def check_possible(fact: FactKind, status: MemberStatus) -> None:
    """Raises Conflict if this can't happen to a member of that standing."""
    possible = POSSIBLE_IN[fact]
    if status not in possible:
        raise Conflict(
            "wrong_standing",
            "That is not possible for a member whose status is {status}",
            status=status,
            extra={"standing": status, "possible_in": sorted(possible)},
        )


def facts_meaning(status: MemberStatus) -> list[FactKind]:
    """The facts that bring this standing about: what to look for when members of a standing are asked for."""
    return [kind for kind, after in STATUS_AFTER.items() if after == status]


def may_order(status: MemberStatus) -> bool:
    """Whether a member of this standing may commit itself to anything new."""
    return status == "active"


def offers(kind: MemberKind) -> bool:
    """Whether members of this kind sell: their users have the role ``producer``."""
    return kind in OFFERING_KINDS


def number_series(prefix: str, at: datetime, zone: str) -> str:
    """What the numbers given at that instant begin with, such as ``QRO-2026``: the year is the network's own."""
    return f"{prefix}-{at.astimezone(ZoneInfo(zone)).year}"


def number(series: str, count: int) -> str:
    """A member's number, such as ``QRO-2026-0042``."""
    return f"{series}-{count:04d}"


def phone_number(text: str, field: str = "/phone") -> str:
    """The number without spaces and dashes. Raises Invalid."""
    digits = re.sub(r"[\s().\-]", "", text)
    if not _PHONE.fullmatch(digits):
        raise Invalid("phone_invalid", "7 to 15 digits, such as +52 442 123 4567", field=field)
    return digits


def plain_name(text: str, field: str = "/name") -> str:
    """A name on one line, without blanks around it. Raises Invalid if nothing readable is left."""
    name = " ".join(text.split())
    if not any(letter.isalnum() for letter in name) or not name.isprintable():
        raise Invalid("name_invalid", "A name that people can read", field=field)
    return name
