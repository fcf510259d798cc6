"""How a recall is told: in parts small enough for a message, each member whole in one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from catalog.lots.rules.tracing import Reached
from contracts.recalls import RecallSeverity

#: Lines that one message tells of: about 150 KB.
MOST_IN_PART = 400


@dataclass(frozen=True)
class Recall:
    """A recall as it stands. ``parts`` were told so far; ``traced_to`` is the last thing that happened to lots by then."""

    id: UUID
    number: str
    severity: RecallSeverity
    reason: str
    advice: str
    issued_by: UUID
    issued_at: datetime
    closed_at: datetime | None
    outcome: str
    parts: int
    traced_to: int
    version: int


def parts(lines: Iterable[Reached], most: int = MOST_IN_PART) -> list[list[Reached]]:
    """The lines in parts of at most ``most``; nobody is in two of them, so a part is longer where one member has more."""
    by_member: dict[UUID, list[Reached]] = {}
    for line in lines:
        by_member.setdefault(line.member_id, []).append(line)
    found: list[list[Reached]] = []
    for member_id in sorted(by_member):
        mine = by_member[member_id]
        if found and len(found[-1]) + len(mine) <= most:
            found[-1].extend(mine)
        else:
            found.append(list(mine))
    return found


def part_id(recall_id: UUID, part: int) -> UUID:
    """The same part has the same id, however often it is told."""
    return uuid5(recall_id, str(part))


def number(prefix: str, on: date, place: int) -> str:
    """``QRO-R-2026-0001``."""
    return f"{series(prefix, on)}-{place:04d}"


def series(prefix: str, on: date) -> str:
    return f"{prefix}-R-{on.year}"


def fresh(lines: Sequence[Reached], known: Iterable[tuple[UUID, UUID]]) -> list[Reached]:
    """The lines that nobody was told of yet; one line may have got of several lots."""
    told = set(known)
    return [line for line in lines if (line.line_id, line.lot_id) not in told]
