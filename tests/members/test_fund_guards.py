"""What the database itself refuses of the fund, and races that show that it must."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece
from kit.testing.tokens import Tokens
from members.fund.rules.money import Booking, fund_account, member_account
from members.fund.service import saving
from members.ledger import service as ledger
from members.settings import Settings
from tests.members.conftest import Office
from tests.members.fund_desk import Desk, money, today


@pytest.fixture
async def desk(office: Office, tokens: Tokens) -> Desk:
    """A fund with 10,000.00 MXN and terms."""
    desk = Desk(office, tokens)
    await desk.write_terms(fund_share="100", max_amount=money("9000.00"))
    await desk.give(await office.admit(), "10000.00")
    return desk


IMPOSSIBLE = [
    "UPDATE fund_terms SET yearly_rate = 60",
    "UPDATE loans SET amount = 1",
    "DELETE FROM loans",
    "UPDATE loan_facts SET kind = 'written_off'",
    "DELETE FROM loan_votes",
    "UPDATE loan_votes SET approves = false",
    "UPDATE loan_schedules SET principal = 1",
    "UPDATE loan_instalments SET interest = 0",
    "DELETE FROM loan_payments",
    "UPDATE loan_payment_parts SET principal = principal + 1",
    "UPDATE fund_movements SET amount = 5",
    "DELETE FROM fund_movements",
    "TRUNCATE loan_facts",
    # What is no transfer of the fund is no movement of it.
    """
    INSERT INTO fund_movements (id, kind, cause_id, member_id, currency, amount, on_date, note, at, by)
    SELECT t.id, 'gift', t.id, l.member_id, 'MXN', t.amount, now(), '', now(), l.id
    FROM transfers AS t, loans AS l WHERE NOT EXISTS (SELECT FROM fund_movements AS m WHERE m.id = t.id)
    """,
    # A loan is decided once, and what was lent is not withdrawn.
    "INSERT INTO loan_facts (loan_id, kind, on_date, reason, at) SELECT id, 'declined', now(), '', now() FROM loans",
    "INSERT INTO loan_facts (loan_id, kind, on_date, reason, at) SELECT id, 'withdrawn', now(), '', now() FROM loans",
    # A schedule repays what is lent, and a payment goes somewhere.
    """
    INSERT INTO loan_schedules (id, loan_id, version, replaces, agreed_on, interest_from, principal, carried,
        yearly_rate, method, grace_days, reason, at, by)
    SELECT gen_random_uuid(), loan_id, 2, id, agreed_on, interest_from, principal, 0, 0, method, 0, '', now(), by
    FROM loan_schedules
    """,
    """
    INSERT INTO loan_payments (id, loan_id, schedule_id, amount, paid_on, paid_by, at, by)
    SELECT gen_random_uuid(), loan_id, id, 100, now(), 'cash', now(), by FROM loan_schedules
    """,
    # An instalment is not repaid twice.
    """
    INSERT INTO loan_payment_parts (payment_id, instalment_id, interest, principal)
    SELECT p.id, i.id, 0, 10001 FROM loan_payments AS p, loan_instalments AS i WHERE i.no = 5
    """,
]


async def test_what_happened_to_the_fund_can_not_be_changed_nor_made_up(
    desk: Desk, office: Office, piece: Piece
) -> None:
    loan = await desk.lend(await office.admit())
    await desk.repay(loan["id"], "111.84")
    before = await desk.position()
    for statement in IMPOSSIBLE:
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(statement))
    assert await desk.position() == before


async def test_what_people_wrote_can_be_erased(desk: Desk, office: Office, piece: Piece) -> None:
    await desk.lend(await office.admit())
    async with piece.database.transaction() as work:
        for table, column in (("loans", "purpose"), ("loan_votes", "reason"), ("fund_movements", "note")):
            await work.execute(text(f"UPDATE {table} SET {column} = '—'"))


async def _approved(desk: Desk, office: Office, amount: str, count: int) -> list[str]:
    found = []
    for _ in range(count):
        loan_id = (await desk.apply(await office.admit(), amount)).json()["id"]
        await desk.approve(loan_id)
        found.append(loan_id)
    return found


async def test_two_disbursements_at_once_never_lend_more_than_there_is(desk: Desk, office: Office) -> None:
    loans = await _approved(desk, office, "6000.00", 4)
    answers = await asyncio.gather(*(desk.disburse(loan_id) for loan_id in loans))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (await desk.position())["balance"] == "4000.00"


async def _careless_race(piece: Piece, office: Office, lenders: int) -> list[object]:
    """Each looks at what the fund has, and then lends it, without a lock."""
    settings: Settings = piece.app.state.settings
    members = [await office.admit() for _ in range(lenders)]
    async with piece.database.transaction() as work:
        await ledger.open_accounts(work, settings, [member_account(member_id, "MXN") for member_id in members])
    looked = asyncio.Barrier(lenders)

    async def lend(member_id: UUID) -> None:
        async with piece.database.transaction() as work:
            statement = text("SELECT posted FROM accounts WHERE name = 'fund'")
            there = (await work.execute(statement)).scalar_one()
            await looked.wait()
            if there >= 600_000:
                booking = Booking(uuid4(), "loan", uuid4(), "", today())
                transfer = booking.transfer("x", fund_account("MXN"), member_account(member_id, "MXN"), 600_000)
                await ledger.book(work, [transfer])
                await saving.note_movement(work, booking, transfer, "disbursement", member_id, by=uuid4())

    return list(await asyncio.gather(*(lend(member_id) for member_id in members), return_exceptions=True))


async def test_even_a_careless_lender_can_not_overdraw_the_fund(desk: Desk, office: Office, piece: Piece) -> None:
    results = await _careless_race(piece, office, 4)
    assert sum(result is None for result in results) == 1
    assert all("fund" in str(result) for result in results if isinstance(result, IntegrityError))
    assert (await desk.position())["balance"] == "4000.00"


async def test_without_the_guard_the_same_race_overdraws_it(desk: Desk, office: Office, piece: Piece) -> None:
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE fund_movements DISABLE TRIGGER guard_movement"))
    assert await _careless_race(piece, office, 4) == [None] * 4
    assert (await desk.position())["balance"] == "-14000.00"


async def test_repayments_at_once_never_repay_more_than_is_owed(desk: Desk, office: Office) -> None:
    loan = await desk.lend(await office.admit())
    answers = await asyncio.gather(*(desk.repay(loan["id"], "500.00") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
    assert (await desk.loan(loan["id"]))["status"] == "repaying"
    assert float((await desk.position())["outstanding"]) > 200


async def test_notices_at_once_never_ask_back_more_than_was_deposited(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    await desk.give(member_id, "100.00", "deposit")
    body = {"member_id": str(member_id), "amount": money("60.00")}
    answers = await asyncio.gather(*(desk.post("/v1/fund/notices", body, office.of(member_id)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_applications_at_once_stay_within_the_terms(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    answers = await asyncio.gather(*(desk.apply(member_id, "5000.00") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
