"""SQL of statements and their lines. Lines are locked before invoices, invoices before accounts."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from members.banking.models import BankLineFact, BankLineRow, BankStatement

# In the order of their identities, lest two who take in the same lines wait for each other in a circle.
_ADD_LINES = text("""
INSERT INTO bank_lines (id, account_id, statement_id, identity, booked_on, value_on, amount, text, reference,
                        end_to_end_id, bank_reference, counterparty, counterparty_account, mandate_reference, batch,
                        reversal, return_reason, state, proposals, bookings)
SELECT l.id, :account_id, :statement_id, l.identity, l.booked_on, l.value_on, l.amount, l.text, l.reference,
       l.end_to_end_id, l.bank_reference, l.counterparty, l.counterparty_account, l.mandate_reference, l.batch,
       l.reversal, l.return_reason, 'unmatched', '[]', 0
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS l (id uuid, identity text, booked_on date, value_on date, amount bigint, text text, reference text,
           end_to_end_id text, bank_reference text, counterparty text, counterparty_account text,
           mandate_reference text, batch text, reversal boolean, return_reason text)
ORDER BY l.identity
ON CONFLICT DO NOTHING
RETURNING id
""")
_PROPOSE = text("""
UPDATE bank_lines AS l SET state = p.state, proposals = p.proposals
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS p (id uuid, state text, proposals jsonb)
WHERE l.id = p.id
""")
_BOOK = text("""
UPDATE bank_lines AS l
SET state = 'booked', proposals = '[]', booked_as = b.booked_as, booking_id = b.booking_id, member_id = b.member_id,
    bookings = l.bookings + 1
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS b (id uuid, booked_as text, booking_id uuid, member_id uuid)
WHERE l.id = b.id
""")


async def add_statement(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """False if the account has this statement already. Who adds the same one waits until this transaction ends."""
    statement = pg_insert(BankStatement).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["account_id", "digest"])
    return (await connection.execute(statement.returning(BankStatement.id))).one_or_none() is not None


async def add_lines(
    connection: AsyncConnection, account_id: UUID, statement_id: UUID, rows: Sequence[Mapping[str, Any]]
) -> set[UUID]:
    """Adds those lines that no file has brought yet, and returns their ids."""
    params = {"account_id": account_id, "statement_id": statement_id, "rows": json.dumps(rows, default=str)}
    return set((await connection.execute(_ADD_LINES, params)).scalars())


async def count_known(connection: AsyncConnection, statement_id: UUID, known: int) -> None:
    await connection.execute(update(BankStatement).where(BankStatement.id == statement_id).values(known=known))


async def propose(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notes what is thought of lines."""
    if rows:
        await connection.execute(_PROPOSE, {"rows": json.dumps(rows, default=str)})


async def book(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notes what lines were booked as."""
    if rows:
        await connection.execute(_BOOK, {"rows": json.dumps(rows, default=str)})


async def set_state(connection: AsyncConnection, line_id: UUID, state: str) -> None:
    """A line that is not booked (any more)."""
    await connection.execute(
        update(BankLineRow)
        .where(BankLineRow.id == line_id)
        .values(state=state, booked_as=None, booking_id=None, member_id=None)
    )


async def add_facts(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], *, now: datetime, by: UUID | None
) -> None:
    if rows:
        await connection.execute(insert(BankLineFact), [{**row, "at": now, "by": by} for row in rows])


def _lines() -> Any:
    return select(*BankLineRow.__table__.columns)


async def line(connection: AsyncConnection, line_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    statement = _lines().where(BankLineRow.id == line_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return (await connection.execute(statement)).one_or_none()


async def waiting(connection: AsyncConnection, statement_id: UUID) -> Sequence[Row[Any]]:
    """The statement's own lines that wait for the treasurer, in the order of time; they wait until this transaction ends."""
    statement = _lines().where(
        BankLineRow.statement_id == statement_id, BankLineRow.state.in_(("proposed", "unmatched"))
    )
    # Locked in the order of their ids; that is also the order in which the file had them.
    return (await connection.execute(statement.order_by(BankLineRow.id).with_for_update(key_share=True))).all()


async def page(
    connection: AsyncConnection,
    *,
    statement_id: UUID | None,
    account_id: UUID | None,
    state: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Lines in the order of time; one more than ``limit`` if there are more."""
    statement = _lines().order_by(BankLineRow.booked_on, BankLineRow.id).limit(limit + 1)
    if statement_id is not None:
        statement = statement.where(BankLineRow.statement_id == statement_id)
    if account_id is not None:
        statement = statement.where(BankLineRow.account_id == account_id)
    if state is not None:
        statement = statement.where(BankLineRow.state == state)
    if after is not None:
        later = and_(BankLineRow.booked_on == after[0], BankLineRow.id > after[1])
        statement = statement.where(or_(BankLineRow.booked_on > after[0], later))
    return (await connection.execute(statement)).all()


async def facts(connection: AsyncConnection, line_id: UUID) -> Sequence[Row[Any]]:
    """What was done with a line, oldest first."""
    statement = select(*BankLineFact.__table__.columns).where(BankLineFact.line_id == line_id)
    return (await connection.execute(statement.order_by(BankLineFact.id))).all()


def _statements() -> Any:
    """Statements with how their own lines stand."""
    counted = (
        select(BankLineRow.state, func.count().label("lines"))
        .where(BankLineRow.statement_id == BankStatement.id)
        .group_by(BankLineRow.state)
        .correlate(BankStatement)
        .subquery()
    )
    states = select(func.jsonb_object_agg(counted.c.state, counted.c.lines)).correlate(BankStatement).scalar_subquery()
    return select(*BankStatement.__table__.columns, func.coalesce(states, text("'{}'::jsonb")).label("states"))


async def statements(connection: AsyncConnection, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    return (await connection.execute(_statements().where(BankStatement.id.in_(ids)))).all()


async def with_digest(connection: AsyncConnection, account_id: UUID, digest: str) -> UUID:
    """The statement of the account that has this digest; there must be one."""
    statement = select(BankStatement.id).where(BankStatement.account_id == account_id, BankStatement.digest == digest)
    return (await connection.execute(statement)).scalar_one()


async def statements_page(connection: AsyncConnection, *, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """The newest first; one more than ``limit`` if there are more."""
    statement = _statements().order_by(BankStatement.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(BankStatement.id < before)
    return (await connection.execute(statement)).all()


async def by_booking(connection: AsyncConnection, booking_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Lines that were booked as these payments, transfers or collections."""
    return (await connection.execute(_lines().where(BankLineRow.booking_id.in_(booking_ids)))).all()
