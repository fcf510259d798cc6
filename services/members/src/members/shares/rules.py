"""Shares are whole. Each keeps the value at which it was subscribed, in smallest units, so that the capital is the sum of
what was paid in, whatever a new share is worth today. Paid shares alone can be transferred or redeemed; of several
values the oldest go first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from contracts.members import MemberStatus
from contracts.values import Money
from kit.errors import Conflict, Invalid
from members.ledger.rules import PAID_INTO, AccountKey, Owner
from members.membership.rules import BELONGING

Kind = Literal["subscribed", "paid", "transferred", "redeemed", "reversed"]
PaidBy = Literal["cash", "transfer", "card", "balance"]
PaidOut = Literal["cash", "transfer", "balance"]

#: The network's account that capital lies on.
SHARES = "shares"
#: What its transfers come from, as statements say.
CAUSE = "share"
#: Nobody subscribes as many; what comes near is a slip of the finger.
MOST = 1_000_000
#: In smallest units; so many shares of it can still be booked.
MOST_VALUE = 100_000_000


@dataclass(frozen=True)
class Value:
    """What a share subscribed from a date on is worth."""

    valid_from: date
    amount: int
    currency: str


@dataclass(frozen=True)
class Holding:
    """A member's shares of one value: subscribed, and of those paid."""

    member_id: UUID
    currency: str
    value: int
    subscribed: int
    paid: int
    since: date


@dataclass(frozen=True)
class Entry:
    """What an operation changes of a member's shares of one value."""

    member_id: UUID
    currency: str
    value: int
    subscribed: int
    paid: int


@dataclass(frozen=True)
class Operation:
    """Something that happened to shares."""

    id: UUID
    seq: int
    number: str
    kind: Kind
    member_id: UUID
    to_member_id: UUID | None
    shares: int
    dated: date
    method: str | None
    note: str
    reverses: UUID | None
    transfers: list[UUID]
    reversed: bool


def value_on(values: Sequence[Value], on: date) -> Value:
    """What a share subscribed on that day is worth. Raises Conflict before any value was set."""
    known = [value for value in values if value.valid_from <= on]
    if not known:
        raise Conflict("no_share_value", "The value of a share on that day is not set; set it first", field="/dated")
    return max(known, key=lambda value: value.valid_from)


def check_belongs(status: MemberStatus, field: str) -> None:
    """Raises Conflict for somebody who is not, or no longer, a member."""
    if status not in BELONGING:
        raise Conflict(
            "not_a_member", "Only a member can have shares; this one is {status}", field=field, status=status
        )


def check_order(dated: date, last: date | None) -> None:
    """Raises Conflict for an entry before the member's last: a register goes forwards."""
    if last is not None and dated < last:
        raise Conflict(
            "register_goes_forwards",
            "The register has entries of {last} already; not before that",
            field="/dated",
            last=last.isoformat(),
        )


def check_minimum(left: int, least: int, *, field: str = "/shares") -> None:
    """Raises Conflict if a member would have fewer than the network asks of its kind."""
    if left < least:
        raise Conflict("fewer_than_needed", "A member of this kind needs at least {least}", field=field, least=least)


def subscribed(member_id: UUID, shares: int, value: Value) -> list[Entry]:
    """Shares that a member takes on, to be paid."""
    return [Entry(member_id, value.currency, value.amount, shares, 0)]


def paid(holdings: Sequence[Holding], shares: int) -> list[Entry]:
    """Shares that were subscribed and are paid now. Raises Conflict for more than are unpaid."""
    unpaid = sum(holding.subscribed - holding.paid for holding in holdings)
    if shares > unpaid:
        raise Conflict("nothing_to_pay", "Only {left} subscribed shares are not paid yet", field="/shares", left=unpaid)
    return [
        Entry(holding.member_id, holding.currency, holding.value, 0, count)
        for holding, count in _oldest_first(holdings, [one.subscribed - one.paid for one in holdings], shares)
    ]


def given_up(holdings: Sequence[Holding], shares: int) -> list[Entry]:
    """Paid shares that leave a member. Raises Conflict for more than it has."""
    held = sum(holding.paid for holding in holdings)
    if shares > held:
        raise Conflict(
            "not_enough_shares", "There are only {held} paid shares", field="/shares", held=held, extra={"held": held}
        )
    return [
        Entry(holding.member_id, holding.currency, holding.value, -count, -count)
        for holding, count in _oldest_first(holdings, [holding.paid for holding in holdings], shares)
    ]


def transferred(holdings: Sequence[Holding], to_member_id: UUID, shares: int) -> list[Entry]:
    """Paid shares that go to another member with the value they have. Raises Conflict for more than are held."""
    leaving = given_up(holdings, shares)
    if any(entry.member_id == to_member_id for entry in leaving):
        raise Invalid("to_oneself", "To another member, not to itself", field="/to_member_id")
    return leaving + [
        Entry(to_member_id, entry.currency, entry.value, -entry.subscribed, -entry.paid) for entry in leaving
    ]


def reversed_entries(entries: Sequence[Entry], holdings: Sequence[Holding]) -> list[Entry]:
    """What undoes an operation. Raises Conflict if the shares have moved on."""
    now = {(one.member_id, one.currency, one.value): (one.subscribed, one.paid) for one in holdings}
    undone = [Entry(entry.member_id, entry.currency, entry.value, -entry.subscribed, -entry.paid) for entry in entries]
    for entry in undone:
        had, had_paid = now.get((entry.member_id, entry.currency, entry.value), (0, 0))
        if not 0 <= had_paid + entry.paid <= had + entry.subscribed:
            raise Conflict("shares_moved_on", "The shares have moved on; reverse what came after first")
    return undone


def _oldest_first(holdings: Sequence[Holding], free: Sequence[int], shares: int) -> list[tuple[Holding, int]]:
    taken = []
    for holding, available in sorted(zip(holdings, free, strict=True), key=lambda one: (one[0].since, one[0].value)):
        count = min(available, shares)
        if count > 0:
            taken.append((holding, count))
            shares -= count
    return taken


def worth(entries: Sequence[Entry], *, only: UUID | None = None) -> int:
    """What the paid shares in these entries come to; below zero for shares that leave."""
    return sum(entry.paid * entry.value for entry in entries if only is None or entry.member_id == only)


def steps_in(member_id: UUID, currency: str, method: PaidBy) -> list[tuple[AccountKey, AccountKey]]:
    """Between which accounts what is paid for shares moves: onto the member's account, and on to the capital."""
    member, capital = AccountKey(Owner.member(member_id), currency), AccountKey(Owner.network(SHARES), currency)
    if method == "balance":
        return [(member, capital)]
    return [(AccountKey(Owner.network(PAID_INTO[method]), currency), member), (member, capital)]


def steps_out(member_id: UUID, currency: str, method: PaidOut) -> list[tuple[AccountKey, AccountKey]]:
    """Between which accounts what is redeemed moves: onto the member's account, and out if it is paid out."""
    member, capital = AccountKey(Owner.member(member_id), currency), AccountKey(Owner.network(SHARES), currency)
    if method == "balance":
        return [(capital, member)]
    return [(capital, member), (member, AccountKey(Owner.network(PAID_INTO[method]), currency))]


def check_value(amount: Money, currency: str) -> int:
    """The value in smallest units. Raises Invalid unless it is more than nothing, in the network's money."""
    if amount.currency != currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field="/value/currency", currency=currency)
    if amount.minor <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/value/amount", least=0)
    if amount.minor > MOST_VALUE:
        most = Money.of_minor(MOST_VALUE, currency).amount
        raise Invalid("value_too_large", "Must be at most {most}", field="/value/amount", most=most)
    return amount.minor
