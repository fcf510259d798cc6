"""Who members are, and what their kind and standing allow them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import OFFERING_KINDS, MemberKind, MemberStatus
from members.membership.rules.particulars import Address, Representative

_OURS = re.compile(r"([A-Z]{2,5}-[0-9]{4})-([0-9]{4,9})")


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
    #: The network's day on which the newest admission in force counts from; None for who was never admitted.
    joined_on: date | None = None
    #: Where it is at home, if not where the network is (ISO 3166-1 alpha-2).
    country: str | None = None
    address: Address | None = None
    representative: Representative | None = None


@dataclass(frozen=True)
class Sought:
    """Which members are looked for: those to whom all of this applies."""

    words: tuple[str, ...] = ()
    status: MemberStatus | None = None
    kind: MemberKind | None = None
    joined_from: date | None = None
    joined_until: date | None = None


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


def place_in_series(number: str) -> tuple[str, int] | None:
    """The series and count of a number that could be one of ours; None for one of another make."""
    found = _OURS.fullmatch(number)
    return (found[1], int(found[2])) if found else None
