"""Reading does not cost more because the ledger has grown."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kit.testing.pieces import Piece
from members.ledger.repository import statements
from members.ledger.rules import AccountKey, Owner
from tests.members.conftest import Office

_MANY = text("""
INSERT INTO transfers (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, made_at,
                       closed_at)
SELECT gen_random_uuid(), :debit, :credit, 'MXN', 1, 'posted', false, 'deposit', gen_random_uuid(), '', now(), now()
FROM generate_series(1, :count)
""")


async def grow(piece: Piece, member_id: UUID, count: int) -> None:
    debit, credit = AccountKey(Owner.network("cash"), "MXN"), AccountKey(Owner.member(member_id), "MXN")
    async with piece.database.transaction() as work:
        await work.execute(_MANY, {"debit": debit.id, "credit": credit.id, "count": count})
    async with piece.database.reading() as connection:
        await connection.execute(text("VACUUM ANALYZE entries, transfers"))


async def pages_read(piece: Piece, member_id: UUID, before: int) -> int:
    """Pages of the database that one page of the statement takes."""
    explained = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statements.OF_MEMBER.text}")
    params = {"owner": member_id, "currency": None, "before": before, "limit": 51}
    async with piece.database.reading() as connection:
        plan: Any = (await connection.execute(explained, params)).scalar_one()
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"])


async def test_a_page_of_a_statement_reads_a_few_pages_a_row_however_many_entries_there_are(
    office: Office, piece: Piece
) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "1.00")
    for count in (100, 15_000):
        await grow(piece, member_id, count)
        for before in (statements.NEWEST, count):
            # For each of the 51 rows one look into an index and one into its table, of transfers and of their reversals.
            assert await pages_read(piece, member_id, before) <= 6 * 51


async def test_a_page_of_a_statement_is_read_with_a_fixed_number_of_statements(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    counts = []
    for deposits in (1, 20):
        for _ in range(deposits):
            await office.deposit(member_id, "1.00")
        with piece.counted_queries() as statements:
            await office.statement(member_id, limit=50)
        counts.append(len(statements))
    assert counts == [2, 2]


async def test_members_are_listed_with_one_statement(office: Office, piece: Piece) -> None:
    counts = []
    for members in (1, 6):
        for _ in range(members):
            await office.apply()
        with piece.counted_queries() as statements:
            await piece.client.get("/v1/members", headers=office.coordinator)
        counts.append(len(statements))
    assert counts == [1, 1]
