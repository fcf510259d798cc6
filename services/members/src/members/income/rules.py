"""What can be received and spent. Amounts are integers of the currency's smallest unit (cents).

What is left of a subsidy is what was granted less what was spent: grantors often pay only when the spending has been
justified. What is left of an earmarked contribution is what was received less what was spent: a pledge is no money.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from contracts.values import Money
from kit.errors import Conflict, Invalid
from members.ledger.rules import PAID_INTO, AccountKey, Owner, Transfer

ReceiptMethod = Literal["cash", "transfer", "card", "balance"]
PaidFrom = Literal["bank", "cash"]
SubsidyKind = Literal["public", "private"]
Deadline = Literal["spend_by", "justify_by", "condition"]
ContributionStatus = Literal["pledged", "partly_received", "received", "withdrawn"]

#: The network's accounts for what it is given, and the beginning of those for what it uses.
CONTRIBUTIONS = "contributions"
SUBSIDIES = "subsidies"
USES = "uses-"
#: What its transfers come from, as statements say.
CAUSE_OF_CONTRIBUTION = "contribution"
CAUSE_OF_SUBSIDY = "subsidy"
CAUSE_OF_SPENDING = "spending"

#: Days before a deadline on which the treasurer is written to.
REMINDED_BEFORE = (30, 7, 1)


@dataclass(frozen=True)
class Purpose:
    """What money is used for, with its name in each language."""

    code: str
    names: Mapping[str, str]
    active: bool
    version: int


@dataclass(frozen=True)
class Contribution:
    """What somebody means to give, what was received of it and spent."""

    id: UUID
    member_id: UUID | None
    giver: str | None
    anonymous: bool
    amount: int
    currency: str
    pledged_on: date
    expected_on: date
    purpose: str | None
    note: str
    withdrawn_on: date | None
    received: int
    spent: int

    @property
    def status(self) -> ContributionStatus:
        if self.received >= self.amount:
            return "received"
        if self.withdrawn_on is not None:
            return "withdrawn"
        return "partly_received" if self.received else "pledged"

    @property
    def left(self) -> int:
        """What was received and not spent; told of earmarked contributions alone."""
        return self.received - self.spent


@dataclass(frozen=True)
class Subsidy:
    """What was granted for a purpose, received and spent."""

    id: UUID
    kind: SubsidyKind
    grantor: str
    named: bool
    programme: str
    reference: str
    purpose: str
    granted: int
    currency: str
    granted_on: date
    spend_by: date | None
    justify_by: date | None
    note: str
    withdrawn_on: date | None
    received: int
    spent: int
    version: int

    @property
    def left(self) -> int:
        """What may still be spent, as long as the deadline has not passed."""
        return 0 if self.withdrawn_on else self.granted - self.spent


@dataclass(frozen=True)
class Due:
    """A deadline that comes, and how many days ahead of it a letter is owed."""

    thing_id: UUID
    deadline: Deadline
    due_on: date
    days: int


def positive(amount: Money, currency: str, field: str = "/amount") -> int:
    """The amount in smallest units. Raises Invalid unless it is more than nothing, in the network's money."""
    if amount.currency != currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field=f"{field}/currency", currency=currency)
    if amount.minor <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field=f"{field}/amount", least=0)
    return amount.minor


def check_purpose(code: str, purposes: Mapping[str, Purpose], field: str = "/purpose") -> None:
    """Raises Invalid for a purpose that there is not, or that is no longer used."""
    if code not in purposes or not purposes[code].active:
        known = ", ".join(sorted(name for name, purpose in purposes.items() if purpose.active))
        raise Invalid("purpose_unknown", "Not a purpose in use; there are: {known}", field=field, known=known or "–")


def check_expected(pledged_on: date, expected_on: date) -> None:
    """Raises Invalid if the money is expected before it was pledged."""
    if expected_on < pledged_on:
        first = pledged_on.isoformat()
        raise Invalid("before_pledged", "Not before {first}", field="/expected_on", first=first)


def instalments(granted: int, granted_on: date, planned: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    """When how much is expected: as planned, else all of it on the day it was granted. Raises Invalid."""
    if not planned:
        return [(granted_on, granted)]
    if len({due_on for due_on, _ in planned}) < len(planned):
        raise Invalid("instalments_same_day", "Two instalments on one day are one", field="/instalments")
    total = sum(amount for _, amount in planned)
    if total != granted:
        raise Invalid("instalments_sum", "Together the instalments must be what was granted", field="/instalments")
    return sorted(planned)


def check_deadlines(granted_on: date, spend_by: date | None, justify_by: date | None) -> None:
    """Raises Invalid for a deadline before the grant, or a justification asked for before the spending is over."""
    for deadline, field in ((spend_by, "/spend_by"), (justify_by, "/justify_by")):
        if deadline is not None and deadline < granted_on:
            raise Invalid("before_granted", "Not before {first}", field=field, first=granted_on.isoformat())
    if spend_by is not None and justify_by is not None and justify_by < spend_by:
        raise Invalid("before_spent", "Not before {first}", field="/justify_by", first=spend_by.isoformat())


def check_receivable(subsidy: Subsidy, amount: int) -> None:
    """Raises Conflict for more than was granted, or for a grant that was withdrawn."""
    if subsidy.withdrawn_on is not None:
        raise Conflict("subsidy_withdrawn", "This subsidy was withdrawn")
    if subsidy.received + amount > subsidy.granted:
        left = Money.of_minor(subsidy.granted - subsidy.received, subsidy.currency)
        raise Conflict(
            "more_than_granted",
            "More than was granted: {left} {currency} are still to come",
            field="/amount",
            left=format(left.amount, "f"),
            currency=left.currency,
            extra={"left": left.model_dump(mode="json")},
        )


def check_chargeable(subsidy: Subsidy, *, purpose: str, spent_on: date, amount: int) -> None:
    """Raises Conflict for another purpose than the subsidy's, after its deadline, or more than is left of it."""
    if subsidy.withdrawn_on is not None:
        raise Conflict("subsidy_withdrawn", "This subsidy was withdrawn", field="/subsidy_id")
    _check_same_purpose(purpose, subsidy.purpose)
    if subsidy.spend_by is not None and spent_on > subsidy.spend_by:
        last = subsidy.spend_by.isoformat()
        raise Conflict("deadline_passed", "It could be spent until {last}", field="/spent_on", last=last)
    _check_left(amount, subsidy.left, subsidy.currency, "subsidy_overspent")


def check_earmarked(contribution: Contribution, *, purpose: str, amount: int) -> None:
    """Raises Conflict for another purpose than the giver's, or more than is left of what was received."""
    if contribution.purpose is None:
        raise Conflict(
            "not_earmarked",
            "This contribution is for no purpose of its own: it is part of the general funds",
            field="/contribution_id",
        )
    _check_same_purpose(purpose, contribution.purpose)
    _check_left(amount, contribution.left, contribution.currency, "contribution_overspent")


def _check_same_purpose(purpose: str, own: str) -> None:
    if purpose != own:
        raise Conflict("other_purpose", "It was given for {purpose} alone", field="/purpose", purpose=own)


def _check_left(amount: int, left: int, currency: str, code: str) -> None:
    if amount > left:
        money = Money.of_minor(left, currency)
        raise Conflict(
            code,
            "Only {left} {currency} are left of it",
            field="/amount",
            left=format(money.amount, "f"),
            currency=currency,
            extra={"left": money.model_dump(mode="json")},
        )


def due(today: date, deadlines: Iterable[tuple[UUID, Deadline, date]]) -> list[Due]:
    """The letters owed today: one for each deadline, of the nearest number of days ahead that it is within.

    A run that comes late writes once, not once for each number of days that it missed.
    """
    found = []
    for thing_id, deadline, due_on in deadlines:
        passed = [days for days in REMINDED_BEFORE if today + timedelta(days=days) >= due_on]
        if passed and due_on >= today:
            found.append(Due(thing_id, deadline, due_on, min(passed)))
    return found


def received(
    source: str,
    source_id: UUID,
    *,
    transfer_id: UUID,
    payer: UUID | None,
    amount: int,
    currency: str,
    method: ReceiptMethod,
    on: date,
    text: str,
) -> Transfer:
    """Money that comes in for a contribution or a subsidy; by ``balance``, out of the account of the member ``payer``."""
    if method == "balance":
        if payer is None:
            raise Invalid("no_balance", "Only a member can pay from its balance", field="/method")
        debit = Owner.member(payer)
    else:
        debit = Owner.network(PAID_INTO[method])
    return Transfer(
        id=transfer_id,
        debit=AccountKey(debit, currency),
        credit=AccountKey(Owner.network(source), currency),
        amount=amount,
        cause=CAUSE_OF_CONTRIBUTION if source == CONTRIBUTIONS else CAUSE_OF_SUBSIDY,
        cause_id=source_id,
        text=text,
        booked_on=on,
    )


def used(
    spending_id: UUID,
    *,
    transfer_id: UUID,
    purpose: str,
    amount: int,
    currency: str,
    paid_from: PaidFrom,
    on: date,
    text: str,
) -> Transfer:
    """Money used for a purpose, out of the bank or the cash box."""
    return Transfer(
        id=transfer_id,
        debit=AccountKey(Owner.network(USES + purpose), currency),
        credit=AccountKey(Owner.network(paid_from), currency),
        amount=amount,
        cause=CAUSE_OF_SPENDING,
        cause_id=spending_id,
        text=text,
        booked_on=on,
    )


@dataclass(frozen=True)
class Receipt:
    """Money that came in, or that an earlier receipt was wrong about."""

    id: UUID
    number: str
    contribution_id: UUID | None
    subsidy_id: UUID | None
    amount: int
    currency: str
    received_on: date
    method: ReceiptMethod
    note: str
    reverses: UUID | None
    transfer_id: UUID
    reversed: bool


@dataclass(frozen=True)
class Spending:
    """Money used for a purpose, or that an earlier entry was wrong about."""

    id: UUID
    number: str
    purpose: str
    amount: int
    currency: str
    spent_on: date
    payee: str
    text: str
    document: str | None
    paid_from: PaidFrom
    subsidy_id: UUID | None
    contribution_id: UUID | None
    reverses: UUID | None
    reversed_by: UUID | None
    transfer_id: UUID


def check_reversible(entry: Receipt | Spending) -> None:
    """Raises Conflict for what was reversed already, or is itself the reversal of something."""
    done = entry.reversed if isinstance(entry, Receipt) else entry.reversed_by is not None
    if done:
        raise Conflict("reversed_already", "This has been reversed already")
    if entry.reverses is not None:
        raise Conflict("is_reversal", "This is a reversal; record anew what it undid")


def check_not_spent(contribution: Contribution, amount: int) -> None:
    """Raises Conflict if what is taken back has been spent for its purpose."""
    if contribution.received - amount < contribution.spent:
        raise Conflict("spent_already", "It has been spent; reverse the spending first")


@dataclass(frozen=True)
class Expected:
    """What was to come in."""

    contributions: int
    public: int
    private: int


@dataclass(frozen=True)
class SubsidyTotals:
    """A subsidy over some days, and by their end (``…_through``)."""

    id: UUID
    kind: SubsidyKind
    grantor: str
    named: bool
    programme: str
    reference: str
    purpose: str
    granted: int
    spend_by: date | None
    justify_by: date | None
    received: int
    received_through: int
    spent: int
    spent_through: int
