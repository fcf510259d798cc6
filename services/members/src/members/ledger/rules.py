"""What may be booked. Amounts are integers of a currency's smallest unit (cents).

An account's balance is what came in less what went out: a member's is what the network owes it, so a deposit moves from
``network:cash`` to the member, and the cash account, seen the same way, is negative by what lies in the box.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal
from uuid import UUID, uuid5

from contracts.members import MemberStatus
from contracts.values import Money, scale
from kit.errors import Conflict, Invalid

Status = Literal["pending", "posted", "voided"]
#: How a hold ended.
Ending = Literal["released", "expired", "replaced", "settled"]
#: What happened to the books: they were closed through a date, or opened again.
ClosingKind = Literal["closed", "reopened"]
Method = Literal["cash", "transfer", "card"]

#: The network's account that money paid in by each method comes out of.
PAID_INTO: dict[Method, str] = {"cash": "cash", "transfer": "bank", "card": "bank"}
#: Causes whose transfers belong to records of a room, such as what a payment paid of an invoice.
KEPT_BY_ROOMS = frozenset({"payment", "dues", "fund", "loan", "contribution", "subsidy", "spending", "share"})
#: What orders come to, until the producers are paid from it.
SALES = "sales"

_ACCOUNTS = UUID("5a2f4c0e-6f0b-4d57-9a63-0f4d5c1b7e21")
_NETWORK_OWNER = re.compile(r"network:([a-z][a-z0-9_-]{0,39})")


@dataclass(frozen=True)
class Owner:
    """Whose account: a member's, or one of the network's own by its name."""

    member_id: UUID | None = None
    name: str | None = None

    @classmethod
    def member(cls, member_id: UUID) -> "Owner":
        return cls(member_id=member_id)

    @classmethod
    def network(cls, name: str) -> "Owner":
        return cls(name=name)

    @classmethod
    def read(cls, text: str) -> "Owner":
        """From ``member:<id>`` or ``network:<name>``. Raises Invalid."""
        if found := _NETWORK_OWNER.fullmatch(text):
            return cls.network(found[1])
        kind, _, member_id = text.partition(":")
        try:
            if kind == "member":
                return cls.member(UUID(member_id))
        except ValueError:
            pass
        raise Invalid("account_invalid", "An account is member:<id> or network:<name>, not {text}", text=text[:60])

    def __str__(self) -> str:
        return f"member:{self.member_id}" if self.member_id else f"network:{self.name}"


@dataclass(frozen=True)
class AccountKey:
    """An account, as people name it: there is one for each owner and currency."""

    owner: Owner
    currency: str

    @cached_property
    def id(self) -> UUID:
        """Follows from owner and currency, so that it is known without asking the database."""
        return _account_id(self.owner, self.currency)


@lru_cache(maxsize=2**14)
def _account_id(owner: Owner, currency: str) -> UUID:
    return uuid5(_ACCOUNTS, f"{owner}/{currency}")


@dataclass(frozen=True)
class Account:
    """An account as it stands. The network's own have no limit."""

    key: AccountKey
    posted: int
    held: int
    credit_limit: int | None
    #: What may be accumulated; None for no such limit.
    balance_limit: int | None = None

    @property
    def room(self) -> int | None:
        """What can still come in; None for as much as there is, less than nothing where there is more than may be."""
        return None if self.balance_limit is None else self.balance_limit - self.posted

    @property
    def available(self) -> int:
        """What can still be spent or held; less than nothing when more is owed than may be."""
        if self.credit_limit is None:
            raise ValueError("the network's own accounts have no limit")
        return self.posted - self.held + self.credit_limit


@dataclass(frozen=True)
class Limits:
    """What may be owed, and what may be accumulated (None: as much as comes)."""

    credit_limit: int
    balance_limit: int | None = None


@dataclass(frozen=True)
class Transfer:
    """An amount that moves from one account (debit) to another (credit) of the same currency."""

    id: UUID
    debit: AccountKey
    credit: AccountKey
    amount: int
    cause: str
    cause_id: UUID
    text: str = ""
    status: Status = "posted"
    #: For what is owed whatever the limit says: goods taken, dues, corrections (docs/decisions/0007).
    beyond_limit: bool = False
    reverses: UUID | None = None
    expires_at: datetime | None = None
    #: The date that it counts for; None is the day on which it is booked, in the network's zone.
    booked_on: date | None = None


@dataclass(frozen=True)
class AccountTotal:
    """One of the network's own accounts over some days, in smallest units: ``opening + came_in - went_out = closing``."""

    #: ``bank``, ``dues``, ``uses-training``…
    name: str
    currency: str
    opening: int
    came_in: int
    went_out: int
    closing: int


def check_currency(currency: str, known: frozenset[str], field: str | None) -> None:
    """Raises Invalid for a currency that the network does not use."""
    if currency not in known:
        names = ", ".join(sorted(known))
        raise Invalid("currency_not_used", "This network counts in {names}", field=field, names=names)


def check_not_ahead(booked_on: date | None, today: date, field: str | None) -> None:
    """Raises Invalid for a date that has not come yet: what is not there can't be spent."""
    if booked_on is not None and booked_on > today:
        raise Invalid("booked_ahead", "Can't be later than today, {today}", field=field, today=today)


def check_open(booked_on: date, closed_through: date | None, field: str | None) -> None:
    """Raises Conflict for a date in a closed period."""
    if closed_through is not None and booked_on <= closed_through:
        first_open = closed_through + timedelta(days=1)
        raise Conflict(
            "period_closed",
            "The books are closed through {closed}; the first open date is {first_open}",
            field=field,
            closed=closed_through,
            first_open=first_open,
            extra={"first_open": first_open.isoformat()},
        )


def check_closing(through: date, closed_through: date | None, today: date) -> None:
    """Raises Invalid for a day that is not over, Conflict for one that is closed already."""
    if through >= today:
        raise Invalid(
            "day_not_over", "Only days that are over can be closed: before {today}", field="/through", today=today
        )
    if closed_through is not None and through <= closed_through:
        raise Conflict(
            "closed_already", "The books are closed through {closed} already", field="/through", closed=closed_through
        )


def check_reopening(open_from: date, closed_through: date | None) -> date:
    """The date through which the books then still are closed. Raises Conflict where they are open already."""
    if closed_through is None or open_from > closed_through:
        raise Conflict("open_already", "The books are open on that date", field="/open_from")
    return open_from - timedelta(days=1)


def deposit(
    *,
    transfer_id: UUID,
    member_id: UUID,
    status: MemberStatus,
    amount: Money,
    method: Method,
    note: str,
    paid_on: date | None = None,
) -> Transfer:
    """Money paid in. Raises Invalid for an amount that is not more than nothing, Conflict before admission."""
    if amount.minor <= 0:
        raise Invalid("amount_not_positive", "Must be more than {least}", field="/amount/amount", least=0)
    if status in ("applied", "declined"):
        raise Conflict("member_not_active", "This member has not been admitted")
    return Transfer(
        id=transfer_id,
        debit=AccountKey(Owner.network(PAID_INTO[method]), amount.currency),
        credit=AccountKey(Owner.member(member_id), amount.currency),
        amount=amount.minor,
        cause="deposit",
        cause_id=transfer_id,
        text=note,
        booked_on=paid_on,
    )


def check_reversible(original: Transfer, kept_by_caller: str | None = None) -> None:
    """Raises Conflict for what a room keeps records of: it takes it back itself, or its records would be wrong.

    ``kept_by_caller`` is the cause that the room which asks keeps records of.
    """
    if original.cause in KEPT_BY_ROOMS and original.cause != kept_by_caller:
        raise Conflict(
            "reversed_elsewhere",
            "This was booked with a {cause}; reverse or cancel that",
            cause=original.cause,
            extra={"cause": original.cause, "cause_id": str(original.cause_id)},
        )


def reversal(original: Transfer, *, transfer_id: UUID, reason: str, booked_on: date | None = None) -> Transfer:
    """The transfer that undoes another. Raises Conflict for a hold: it is released, not reversed.

    What was spent meanwhile is owed, whatever the limit: the mistake must come out of the books.
    """
    if original.status != "posted":
        raise Conflict("not_posted", "Only what has been posted can be reversed")
    return Transfer(
        id=transfer_id,
        debit=original.credit,
        credit=original.debit,
        amount=original.amount,
        cause="reversal",
        cause_id=original.cause_id,
        text=reason,
        beyond_limit=True,
        reverses=original.id,
        booked_on=booked_on,
    )


def check_same(original: Transfer, again: Transfer) -> None:
    """The same id twice is the same transfer. Raises Conflict if it is not."""
    same = (original.debit, original.credit, original.amount, original.cause) == (
        again.debit,
        again.credit,
        again.amount,
        again.cause,
    )
    if not same or again.booked_on not in (None, original.booked_on):
        raise Conflict("id_taken", "There is another transfer with this id; take a new one", field="/id")


def check_spendable(payer: Account, amount: int, field: str | None) -> None:
    """Raises Conflict, saying what there is, if the account can't give that much."""
    if amount > payer.available:
        available = Money.of_minor(max(payer.available, 0), payer.key.currency)
        raise Conflict(
            "not_enough_funds",
            "Only {available} {currency} are available",
            field=field,
            available=available.amount,
            currency=available.currency,
            extra={"available": available.model_dump()},
        )


def check_room(payee: Account, amount: int, field: str | None) -> None:
    """Raises Conflict if the account would then have more than it may. How much it has is not said: it is another's."""
    if payee.room is not None and amount > payee.room:
        raise Conflict(
            "payee_limit",
            "Whoever is to be paid would have more {currency} than a member may accumulate, and has to spend some first",
            field=field,
            currency=payee.key.currency,
        )


def limit(amount: Money, currency: str, field: str) -> int:
    """Raises Invalid for a limit below nothing, or of another currency than the account's."""
    if amount.currency != currency:
        raise Invalid("currency_mismatch", "Must be in {currency}", field=f"{field}/currency", currency=currency)
    if amount.minor < 0:
        raise Invalid("limit_negative", "Must be at least {least}", field=f"{field}/amount", least=0)
    return amount.minor


def default_limits(
    currency: str, credit_currency: str | None, default_credit: Decimal, default_ceiling: Decimal | None
) -> Limits:
    """A new member's: nothing may be owed in money, and any amount had; in community credit, as the network says."""
    if currency != credit_currency:
        return Limits(0)
    digits = scale(currency)
    return Limits(
        int(default_credit.scaleb(digits)), None if default_ceiling is None else int(default_ceiling.scaleb(digits))
    )


#: What the ledger check proves.
SUMS_TO_ZERO = "The accounts of each currency add up to zero"
BALANCES_ARE_ENTRIES = "Each account's balance is the sum of its entries"
HOLDS_ARE_PENDING = "What each account holds is the sum of its pending transfers"
TWO_SIDES = "Each posted transfer has two entries that cancel out, and there is no other entry"
ENTRIES_FOLLOW = "The balance of each entry follows from the one before"
ENTRIES_AS_BOOKED = "Each entry is a side of its transfer: the same account, the same amount"
LIMITS_HOLD = "No member owes or has more than its limits allow, but for what had to be booked"
EXCESS_EXPLAINED = "Whoever is past a limit was charged what had to be booked, or had the limit changed"
DAYS_ARE_ENTRIES = "What came in and went out of the network's accounts on each day is the sum of the entries for it"
SETTLED_HOLDS_END = "No order that was settled still holds anything"
REVERSALS_UNDO = "Each reversal undoes exactly the transfer that it names"
ACCOUNTS_FIT = "Each transfer is between two accounts of its currency"
