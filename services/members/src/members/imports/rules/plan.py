"""What becomes of each row: a new member, a changed one, one that is as it was, or a refusal."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from contracts.members import MemberStatus
from kit.errors import Invalid
from members.identity.rules import email_key
from members.imports.rules.rows import Ending, Refusal, Row
from members.membership.rules import MemberRecord
from members.membership.rules.particulars import fold

#: What a row may say of a member that is there, by its standing.
_AGREES: Mapping[MemberStatus, tuple[Ending, ...]] = {
    "active": ("active",),
    "in_arrears": ("active",),
    "suspended": ("suspended",),
    "left": ("left",),
    "excluded": ("left",),
}
#: Particulars that a row may change.
_CHANGEABLE = ("kind", "name", "email", "phone", "tax_id", "country", "language", "address", "representative")


@dataclass(frozen=True)
class Known:
    """The members that are there, and to whom each number was ever given."""

    members: Collection[MemberRecord]
    numbers: Mapping[str, UUID]
    notes: Mapping[UUID, str] = field(default_factory=dict)


@dataclass
class Plan:
    """What is to be done."""

    created: list[Row] = field(default_factory=list)
    updated: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


def plan(rows: Iterable[Row | Refusal], known: Known) -> Plan:
    """A member is known by its number; without one by its address and name together, or its tax id."""
    done = Plan()
    book = _Book(known)
    for row in rows:
        if isinstance(row, Refusal):
            done.refused.append(row)
            continue
        try:
            _place(row, book, done)
        except Invalid as error:
            done.refused.append(Refusal(row.row, error))
    return done


def _place(row: Row, book: "_Book", done: Plan) -> None:
    member = book.find(row)
    book.check_once(row, member)
    if member is None:
        book.check_new(row)
        done.created.append(row)
    elif changes := _changes(row, member, book.known.notes.get(member.id, "")):
        done.updated.append((member.id, changes))
    else:
        done.unchanged += 1
    book.note(row, member)


def _changes(row: Row, member: MemberRecord, notes: str) -> dict[str, Any]:
    """What the row says differently. Raises Invalid where that is not for a list to change."""
    if row.status is not None and row.status not in _AGREES.get(member.status, ()):
        raise Invalid(
            "standing_differs",
            "This member is {status} here; change that with the member itself",
            field="/status",
            status=member.status,
        )
    if row.joined_on is not None and row.joined_on != member.joined_on:
        raise Invalid("joined_differs", "This member joined another day here; correct it there", field="/joined_on")
    if row.number is not None and row.number != member.number:
        raise Invalid("number_differs", "This member has the number {number}", field="/number", number=member.number)
    said, there = asdict(row), {**asdict(member), "notes": notes}
    names = (*_CHANGEABLE, "notes")
    return {name: said[name] for name in names if said[name] is not None and said[name] != there[name]}


class _Book:
    """Who is who, as far as the rows have gone."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._by_number = {member.number: member for member in known.members if member.number}
        self._by_person = {_person(member.email, member.name): member for member in known.members}
        self._by_tax_id = {member.tax_id: member for member in known.members if member.tax_id}
        self._spoken: dict[object, int] = {}

    def find(self, row: Row) -> MemberRecord | None:
        if row.number is not None and (found := self._by_number.get(row.number)):
            return found
        found = self._by_person.get(_person(row.email, row.name))
        if found is None and row.tax_id is not None:
            found = self._by_tax_id.get(row.tax_id)
        return found

    def check_once(self, row: Row, member: MemberRecord | None) -> None:
        """Raises Invalid for a row that speaks of whom another spoke of."""
        for key in _keys(row, member):
            if key in self._spoken:
                raise Invalid(
                    "row_repeated", "Row {row} speaks of the same member", field="/name", row=self._spoken[key]
                )

    def check_new(self, row: Row) -> None:
        if row.number is not None and row.number in self.known.numbers:
            raise Invalid("number_taken", "This number is or was another member's", field="/number")

    def note(self, row: Row, member: MemberRecord | None) -> None:
        for key in _keys(row, member):
            self._spoken[key] = row.row


def _person(email: str, name: str) -> tuple[str, str]:
    return email_key(email), fold(name)


def _keys(row: Row, member: MemberRecord | None) -> list[object]:
    """What names a member."""
    return [key for key in (row.number, _person(row.email, row.name), member and member.id) if key is not None]
