"""Who gets a hold when several ask, and what a settlement may book. Amounts are in smallest units."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.orders import Posting
from contracts.values import Money
from kit.errors import Invalid
from members.ledger.rules import SALES, AccountKey, Owner, Transfer

#: How long a hold outlives the time by which its order must be decided: the decision may be on its way.
AFTER_DEADLINE = timedelta(minutes=15)

Refusal = Literal["not_enough_funds", "member_not_active"]


@dataclass(frozen=True)
class Request:
    """What an order asks to be set aside, by currency."""

    order_id: UUID
    member_id: UUID
    amounts: Mapping[str, int]

    @property
    def keys(self) -> list[AccountKey]:
        return [AccountKey(Owner.member(self.member_id), currency) for currency in sorted(self.amounts)]


@dataclass(frozen=True)
class Shortage:
    """An account that could not give what was asked of it."""

    currency: str
    needed: int
    available: int


@dataclass(frozen=True)
class Verdict:
    """What becomes of a request. A granted one that holds its amounts already needs nothing more."""

    request: Request
    refusal: Refusal | None = None
    shortages: list[Shortage] = field(default_factory=list)
    holds_already: bool = False

    @property
    def granted(self) -> bool:
        return self.refusal is None


def request(order_id: UUID, member_id: UUID, holds: Iterable[Money]) -> Request:
    """Raises Invalid for an amount below nothing."""
    amounts: dict[str, int] = {}
    for money in holds:
        if money.minor < 0:
            raise Invalid("hold_negative", "A hold can't be below zero")
        amounts[money.currency] = amounts.get(money.currency, 0) + money.minor
    return Request(order_id, member_id, {currency: amount for currency, amount in amounts.items() if amount})


def decide(
    requests: Sequence[Request],
    *,
    active: Collection[UUID],
    available: Mapping[AccountKey, int],
    held: Mapping[UUID, Mapping[str, int]],
) -> list[Verdict]:
    """First come, first served, each request wholly or not at all.

    ``available`` is what each account can give, ``held`` what each order holds of it already: an order that changed
    asks only for the difference, and keeps what it has if that can't be given.
    """
    left = dict(available)
    verdicts = []
    for asked in requests:
        already = held.get(asked.order_id, {})
        if already and already == asked.amounts:
            verdicts.append(Verdict(asked, holds_already=True))
            continue
        if asked.member_id not in active:
            verdicts.append(Verdict(asked, refusal="member_not_active"))
            continue
        shortages = []
        for key in asked.keys:
            needed, can_give = asked.amounts[key.currency], left.get(key, 0) + already.get(key.currency, 0)
            if needed > can_give:
                shortages.append(Shortage(key.currency, needed, max(can_give, 0)))
        if shortages:
            verdicts.append(Verdict(asked, refusal="not_enough_funds", shortages=shortages))
            continue
        for currency in {*asked.amounts, *already}:
            key = AccountKey(Owner.member(asked.member_id), currency)
            left[key] = left.get(key, 0) + already.get(currency, 0) - asked.amounts.get(currency, 0)
        verdicts.append(Verdict(asked))
    return verdicts


def holds(asked: Request, new_ids: Mapping[str, UUID], expires_at: datetime | None) -> list[Transfer]:
    """The pending transfers that set aside what was asked: from the member to the network's sales."""
    return [
        Transfer(
            id=new_ids[key.currency],
            debit=key,
            credit=AccountKey(Owner.network(SALES), key.currency),
            amount=asked.amounts[key.currency],
            cause="order",
            cause_id=asked.order_id,
            status="pending",
            expires_at=expires_at,
        )
        for key in asked.keys
    ]


def postings(asked: Iterable[Posting], currencies: Collection[str]) -> list[Transfer]:
    """The transfers that a settlement asks for. What comes to nothing is left out. Raises Invalid.

    They are booked past any limit: the goods were taken (docs/decisions/0007).
    """
    transfers = []
    known: dict[tuple[str, str], AccountKey] = {}
    for posting in asked:
        currency, amount = posting.amount.currency, posting.amount.minor
        for side in (posting.debit, posting.credit):
            if (side, currency) not in known:
                known[side, currency] = AccountKey(Owner.read(side), currency)
        debit, credit = known[posting.debit, currency], known[posting.credit, currency]
        if amount < 0 or debit == credit or currency not in currencies:
            raise Invalid("posting_invalid", "Posting {id} can't be booked", id=posting.posting_id)
        if amount:
            transfers.append(
                Transfer(
                    id=posting.posting_id,
                    debit=debit,
                    credit=credit,
                    amount=amount,
                    cause=posting.cause,
                    cause_id=posting.cause_id,
                    text=posting.text,
                    beyond_limit=True,
                )
            )
    return transfers
