"""What moves in and out of the fund, and what of it is free to lend."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from kit.errors import Conflict
from members.ledger.rules import PAID_INTO, AccountKey, Owner, Transfer

#: The network's account that holds the fund's money, and the one that interest goes to.
FUND = "fund"
FUND_INCOME = "fund-income"

#: A gift stays; a deposit is owed to who made it, and paid back after notice.
ContributionKind = Literal["gift", "deposit"]
MovementKind = Literal["gift", "deposit", "withdrawal", "disbursement", "repayment"]
#: How a member pays: from its account, or with money that comes in now.
PaidBy = Literal["balance", "cash", "transfer", "card"]
#: Where money that a member gets goes: it stays on its account, or leaves by the bank or the cash box.
PayOut = Literal["balance", "bank", "cash"]


@dataclass(frozen=True)
class FundMoney:
    """The fund's money in one currency, in smallest units."""

    #: What lies in the fund's account.
    balance: int
    #: What members may ask back.
    deposits: int
    #: Lent and not paid back yet, without what was written off.
    outstanding: int

    @property
    def total(self) -> int:
        """What the fund is worth: its money and what it expects back."""
        return self.balance + self.outstanding

    def reserve(self, percent: Decimal) -> int:
        """What is not lent, so that deposits can be paid back. A cent too much rather than too little."""
        return -int(-self.deposits * percent // 100)

    def free(self, percent: Decimal) -> int:
        """What can be lent now."""
        return max(0, self.balance - self.reserve(percent))


def fund_account(currency: str) -> AccountKey:
    return AccountKey(Owner.network(FUND), currency)


def income_account(currency: str) -> AccountKey:
    return AccountKey(Owner.network(FUND_INCOME), currency)


def member_account(member_id: UUID, currency: str) -> AccountKey:
    return AccountKey(Owner.member(member_id), currency)


@dataclass(frozen=True)
class Booking:
    """What every transfer of one thing that happens to the fund has in common."""

    #: The contribution, notice, loan or payment that it is; the ids of its transfers follow from it.
    id: UUID
    cause: str
    cause_id: UUID
    text: str
    on: date

    def transfer(self, step: str | None, debit: AccountKey, credit: AccountKey, amount: int) -> Transfer:
        """The transfer of that step; without a step it is the thing itself, and has its id."""
        return Transfer(
            id=self.id if step is None else uuid5(self.id, step),
            debit=debit,
            credit=credit,
            amount=amount,
            cause=self.cause,
            cause_id=self.cause_id,
            text=self.text,
            booked_on=self.on,
        )

    def paid_in(self, member: AccountKey, amount: int, paid_by: PaidBy, *, deposit: bool = False) -> list[Transfer]:
        """Money that comes in for this, to the member's account first; as a ``deposit`` it can be undone alone."""
        if paid_by == "balance":
            return []
        source = AccountKey(Owner.network(PAID_INTO[paid_by]), member.currency)
        incoming = self.transfer("in", source, member, amount)
        return [replace(incoming, cause="deposit") if deposit else incoming]

    def paid_out(self, member: AccountKey, amount: int, pay_out: PayOut) -> list[Transfer]:
        """Money that leaves for this, from the member's account."""
        if pay_out == "balance":
            return []
        return [self.transfer("out", member, AccountKey(Owner.network(pay_out), member.currency), amount)]


def check_free(amount: int, free: int) -> None:
    """Raises Conflict if the fund does not have it."""
    if amount > free:
        raise Conflict("fund_too_small", "The fund does not have so much free money now")


def check_covered(amount: int, available: int, field: str) -> None:
    """Raises Conflict if the member's account can't give it."""
    if amount > available:
        raise Conflict("balance_too_small", "The member's account does not hold enough", field=field)


def check_deposits(amount: int, withdrawable: int) -> None:
    """Raises Conflict for more than the member's deposits, less what was asked back before."""
    if amount > withdrawable:
        raise Conflict(
            "more_than_deposited", "More than this member has deposited and not asked back", field="/amount/amount"
        )
