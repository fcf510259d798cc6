"""A cycle's books: what members are charged, what producers and payees are owed, and that both sides agree.

Everything meets in the account `network:sales`: members' charges come in, payables and fees go out, and what was
billed but not accepted (or accepted but not billed) goes to `network:difference`. Both sides are computed from
different facts, the one from what was packed, the other from what was accepted, and must be equal in each currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from uuid import UUID, uuid5

from kit.errors import Conflict
from orders.cycles.rules.fees import Tariff
from orders.ordering.rules.pricing import Item, all_fees, bill, credit_by_line

Cause = Literal["order", "payable", "fee", "payment", "difference"]
SALES = "network:sales"
CASH = "network:cash"
DIFFERENCE = "network:difference"


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order: the item's quantity is what was packed."""

    producer_id: UUID
    item: Item


@dataclass(frozen=True, slots=True)
class SoldOrder:
    """An order to be charged: `credit` is the community credit agreed, `cash` what was paid at pickup."""

    order_id: UUID
    member_id: UUID
    number: str
    lines: tuple[SoldLine, ...]
    credit: int = 0
    cash: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted of a purchase order's line; `price` is exact minor units per unit."""

    purchase_order_id: UUID
    producer_id: UUID
    number: str
    quantity: Decimal
    price: Fraction


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer of minor units from the debited to the credited account; `reference` is what people call its cause."""

    entry_id: UUID
    debit: str
    credit: str
    minor: int
    currency: str
    cause: Cause
    cause_id: UUID
    reference: str


@dataclass(frozen=True, slots=True)
class Why:
    """What a transfer comes from: an order, a purchase order or the cycle, and what people call it."""

    cause: Cause
    cause_id: UUID
    reference: str


@dataclass(slots=True)
class _Books:
    cycle_id: UUID
    tariff: Tariff
    credit_currency: str
    entries: list[Entry] = field(default_factory=list)

    def post(self, debit: str, credit: str, minor: int, currency: str, *, why: Why) -> None:
        """Notes a transfer of something; the same facts give the same id, so that a rerun is the same."""
        if minor < 0:
            debit, credit, minor = credit, debit, -minor
        if minor:
            key = f"{why.cause}:{why.cause_id}:{debit}:{credit}:{currency}:{why.reference}"
            entry_id = uuid5(self.cycle_id, key)
            self.entries.append(Entry(entry_id, debit, credit, minor, currency, why.cause, why.cause_id, why.reference))


@dataclass(slots=True)
class _Taken:
    """What came in from members, in money and in credit."""

    goods: dict[UUID, int] = field(default_factory=dict)
    goods_by_credit: dict[UUID, int] = field(default_factory=dict)
    #: By name and payee.
    fees: dict[tuple[str, str], int] = field(default_factory=dict)


def settle(
    cycle_id: UUID,
    tariff: Tariff,
    credit_currency: str | None,
    orders: Sequence[SoldOrder],
    accepted: Sequence[Accepted],
) -> list[Entry]:
    """All transfers of a cycle, charges first. Raises Conflict if they would not add up to zero."""
    books = _Books(cycle_id, tariff, credit_currency or tariff.currency)
    taken = _Taken()
    for order in orders:
        _charge(books, taken, order)
    owed, owed_by_credit = _pay_producers(books, taken, accepted)
    for (name, payee), amount in taken.fees.items():
        books.post(SALES, _account(payee), amount, tariff.currency, why=Why("fee", cycle_id, name))
    money_over = sum(taken.goods.values()) - owed
    credit_over = sum(taken.goods_by_credit.values()) - owed_by_credit
    books.post(SALES, DIFFERENCE, money_over, tariff.currency, why=Why("difference", cycle_id, ""))
    books.post(SALES, DIFFERENCE, credit_over, books.credit_currency, why=Why("difference", cycle_id, ""))
    for currency, left in remaining(books.entries).items():
        if left:
            raise Conflict(
                "settlement_differs", "The settlement is off by {left} {currency}", left=left, currency=currency
            )
    return books.entries


def _charge(books: _Books, taken: _Taken, order: SoldOrder) -> None:
    currency = books.tariff.currency
    items = [line.item for line in order.lines]
    billed = bill(books.tariff, items)
    by_credit = credit_by_line(billed, items, order.credit)
    member = _account(str(order.member_id))
    money = billed.total - sum(by_credit)
    books.post(CASH, member, order.cash, currency, why=Why("payment", order.order_id, order.number))
    books.post(member, SALES, money, currency, why=Why("order", order.order_id, order.number))
    books.post(member, SALES, sum(by_credit), books.credit_currency, why=Why("order", order.order_id, order.number))
    for line, part, credit in zip(order.lines, billed.lines, by_credit, strict=True):
        taken.goods[line.producer_id] = taken.goods.get(line.producer_id, 0) + part.goods - credit
        taken.goods_by_credit[line.producer_id] = taken.goods_by_credit.get(line.producer_id, 0) + credit
    for fee in all_fees(books.tariff, billed, items):
        taken.fees[fee.name, fee.payee] = taken.fees.get((fee.name, fee.payee), 0) + fee.minor


def _pay_producers(books: _Books, taken: _Taken, accepted: Sequence[Accepted]) -> tuple[int, int]:
    """Owe each producer what was accepted: the credit that its lines took as far as that goes, the rest in money."""
    amounts: dict[UUID, int] = {}
    first: dict[UUID, Accepted] = {}
    for line in accepted:
        value = round(Fraction(line.quantity) * line.price)
        amounts[line.producer_id] = amounts.get(line.producer_id, 0) + value
        first.setdefault(line.producer_id, line)
    total = total_by_credit = 0
    for producer_id, amount in amounts.items():
        by_credit = min(amount, taken.goods_by_credit.get(producer_id, 0))
        cause, name = first[producer_id].purchase_order_id, first[producer_id].number
        producer = _account(str(producer_id))
        books.post(SALES, producer, amount - by_credit, books.tariff.currency, why=Why("payable", cause, name))
        books.post(SALES, producer, by_credit, books.credit_currency, why=Why("payable", cause, name))
        total += amount - by_credit
        total_by_credit += by_credit
    return total, total_by_credit


def _account(payee: str) -> str:
    if payee == "network":
        return "network:fees"
    return "network:fund" if payee == "fund" else f"member:{payee}"


def remaining(entries: Iterable[Entry]) -> dict[str, int]:
    """What is left in `network:sales` after these transfers, by currency: zero if the books are right."""
    left: dict[str, int] = {}
    for entry in entries:
        sign = (entry.credit == SALES) - (entry.debit == SALES)
        left[entry.currency] = left.get(entry.currency, 0) + sign * entry.minor
    return left


def parts(entries: Sequence[Entry], size: int) -> list[list[Entry]]:
    """The transfers in parts of at most `size`, at least one part, in the same order."""
    return [list(entries[start : start + size]) for start in range(0, len(entries), size)] or [[]]
