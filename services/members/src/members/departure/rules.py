"""What stands open with a member who leaves, and how each of it may be settled. Amounts are in smallest units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from contracts.members import MemberStatus
from kit.errors import Conflict, Invalid
from members.ledger.rules import PAID_INTO, AccountKey, Method, Owner, Transfer

OpenKind = Literal["credit", "debt", "held", "invoice", "loan", "shares"]
How = Literal["pay_out", "donate", "keep", "waive", "agree"]

#: What was owed and is not asked for any more.
WRITEOFF = "writeoff"
#: The standings after which accounts are settled.
ENDED: frozenset[MemberStatus] = frozenset({"left", "excluded"})
#: What each way settles: what the network owes the member, or what the member owes.
SETTLES: dict[How, Literal["credit", "debt"]] = {
    "pay_out": "credit",
    "donate": "credit",
    "keep": "credit",
    "waive": "debt",
    "agree": "debt",
}


@dataclass(frozen=True)
class Item:
    """Something that stands open. ``open`` is false for what is settled though it is still there, such as a balance that
    is kept until it is claimed."""

    kind: OpenKind
    amount: int
    currency: str
    #: The invoice or loan; None for a balance and for shares.
    id: UUID | None = None
    number: str | None = None
    due_on: date | None = None
    open: bool = True


@dataclass(frozen=True)
class Agreement:
    """That a balance is kept until it is claimed, or by when a debt will be paid."""

    id: UUID
    how: How
    amount: int
    currency: str
    due_on: date | None
    reason: str
    at: datetime
    by: UUID


def balance_items(balances: Collection[tuple[str, int, int]], agreements: Sequence[Agreement]) -> list[Item]:
    """What accounts hold, as items: each by currency, balance, and how much of it is held for orders. The newest agreement
    on a currency counts, for as long as it covers all there is."""
    newest = {agreement.currency: agreement for agreement in agreements}
    items = []
    for currency, balance, held in sorted(balances):
        agreed = newest.get(currency)
        if balance > 0:
            kept = agreed is not None and agreed.how == "keep" and agreed.amount >= balance
            items.append(Item("credit", balance, currency, open=not kept))
        elif balance < 0:
            due = agreed.due_on if agreed is not None and agreed.how == "agree" else None
            items.append(Item("debt", -balance, currency, due_on=due))
        if held:
            items.append(Item("held", held, currency))
    return items


def check_ended(status: MemberStatus) -> None:
    """Raises Conflict while the member belongs."""
    if status not in ENDED:
        raise Conflict("still_belongs", "The membership has not ended; accounts are settled when it has")


def check_settlement(how: How, amount: int, balance: int, held: int, reason: str) -> None:
    """Raises Invalid where there is not so much to settle in that way, or a reason is missing."""
    there = balance - held if SETTLES[how] == "credit" else -balance
    if there <= 0:
        raise Invalid("nothing_to_settle", "There is nothing to settle in this way", field="/how")
    if amount > there:
        raise Invalid("more_than_there_is", "More than there is to settle", field="/amount")
    if how in ("waive", "agree") and not reason.strip():
        raise Invalid("reason_missing", "Say why", field="/reason")


def transfer(
    settlement_id: UUID, how: How, member_id: UUID, amount: int, currency: str, *, method: Method, reason: str, on: date
) -> Transfer:
    """The booking of what is paid out, donated in community credit, or waived."""
    member = AccountKey(Owner.member(member_id), currency)
    network = AccountKey(Owner.network(PAID_INTO[method] if how == "pay_out" else WRITEOFF), currency)
    debit, credit = (network, member) if how == "waive" else (member, network)
    return Transfer(
        id=settlement_id,
        debit=debit,
        credit=credit,
        amount=amount,
        cause="leaving",
        cause_id=settlement_id,
        text=reason,
        booked_on=on,
    )
