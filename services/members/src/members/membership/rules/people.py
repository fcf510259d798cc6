"""Who members are, and what their kind and standing allow them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.members import OFFERING_KINDS, MemberKind, MemberStatus
from kit.errors import Invalid


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


def plain_name(text: str, field: str = "/name") -> str:
    """A name on one line, without blanks around it. Raises Invalid if nothing readable is left."""
    name = " ".join(text.split())
    if not any(letter.isalnum() for letter in name) or not name.isprintable():
        raise Invalid("name_invalid", "A name that people can read", field=field)
    return name
