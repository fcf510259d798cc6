"""SQL of what lines are matched with, each kind with one statement however many lines there are."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy import and_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from members.banking.models import BankLineRow, DebitItem, DirectDebit, MandateRow
from members.banking.rules.known import Debit, Owed, Payer, Recorded
from members.dues.models import InvoiceRow

# Whoever was ever admitted may pay what it owes, also after it left.
_PAYERS = text("""
SELECT m.id, coalesce(m.number, '') AS number, m.name FROM members AS m WHERE m.number IS NOT NULL
""")


async def owed(connection: AsyncConnection, currency: str) -> list[Owed]:
    """Every invoice on which something is open."""
    statement = select(
        InvoiceRow.id,
        InvoiceRow.number,
        InvoiceRow.member_id,
        InvoiceRow.amount,
        InvoiceRow.allocated,
        InvoiceRow.due_on,
    ).where(
        InvoiceRow.allocated < InvoiceRow.amount, InvoiceRow.cancelled_on.is_(None), InvoiceRow.currency == currency
    )
    rows = await connection.execute(statement)
    return [Owed(row.id, row.number, row.member_id, row.amount - row.allocated, row.due_on) for row in rows]


async def payers(connection: AsyncConnection) -> list[Payer]:
    return [Payer(row.id, row.number, row.name) for row in await connection.execute(_PAYERS)]


async def accounts(connection: AsyncConnection) -> dict[str, frozenset[UUID]]:
    """Which members have paid from which account, by lines that are booked."""
    statement = (
        select(BankLineRow.counterparty_account, BankLineRow.member_id)
        .where(
            BankLineRow.booked_as == "member",
            BankLineRow.amount > 0,
            BankLineRow.member_id.is_not(None),
            BankLineRow.counterparty_account != "",
        )
        .distinct()
    )
    return _grouped([(row.counterparty_account, row.member_id) for row in await connection.execute(statement)])


async def mandates(connection: AsyncConnection) -> dict[str, frozenset[UUID]]:
    """Which members gave a mandate on which account."""
    statement = select(MandateRow.iban, MandateRow.member_id)
    return _grouped([(row.iban, row.member_id) for row in await connection.execute(statement)])


async def debits(connection: AsyncConnection) -> list[Debit]:
    """Direct debits of which a line may still speak: at the bank, paid (they may come back), or come back untold."""
    statement = (
        select(
            DebitItem.id,
            DirectDebit.number,
            DebitItem.end_to_end_id,
            DebitItem.batch,
            DebitItem.member_id,
            DebitItem.amount,
            DebitItem.state,
            DebitItem.line_id,
            DebitItem.return_line_id,
        )
        .join(DirectDebit, DirectDebit.id == DebitItem.debit_id)
        .where(
            DebitItem.state.in_(("collecting", "paid"))
            | and_(DebitItem.state == "returned", DebitItem.return_line_id.is_(None))
        )
        .order_by(DebitItem.id)
    )
    return [
        Debit(
            item_id=row.id,
            number=row.number,
            end_to_end_id=row.end_to_end_id,
            batch=row.batch,
            member_id=row.member_id,
            amount=row.amount,
            state=row.state,
            told=row.line_id is not None,
            return_told=row.return_line_id is not None,
        )
        for row in await connection.execute(statement)
    ]


_RECORDED = text("""
SELECT p.transfer_id, p.member_id, p.amount, p.paid_on,
       coalesce((SELECT array_agg(DISTINCT i.number) FROM allocations AS a JOIN invoices AS i ON i.id = a.invoice_id
                 WHERE a.payment_id = p.id), '{}') AS numbers
FROM payments AS p
WHERE p.currency = :currency AND p.method IN ('transfer', 'card') AND p.paid_on BETWEEN :since AND :until
  AND NOT EXISTS (SELECT FROM payment_reversals AS r WHERE r.payment_id = p.id)
  AND NOT EXISTS (SELECT FROM bank_lines AS l WHERE l.booking_id = p.transfer_id)
ORDER BY p.paid_on, p.id
""")


async def recorded(connection: AsyncConnection, currency: str, since: date, until: date) -> list[Recorded]:
    """Payments through the bank in these days that stand, and that no line has told of."""
    rows = await connection.execute(_RECORDED, {"currency": currency, "since": since, "until": until})
    return [Recorded(row.transfer_id, row.member_id, row.amount, row.paid_on, tuple(row.numbers)) for row in rows]


def _grouped(pairs: list[tuple[str, UUID]]) -> dict[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    for account, member_id in pairs:
        found[account].add(member_id)
    return {account: frozenset(members) for account, members in found.items()}
