"""What nobody can charge to a gift, however many try at once; and the letters about deadlines, each once."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.database import Work
from kit.jobs import run_once
from kit.language import Texts
from kit.testing.pieces import Piece
from members.identity import service as identity
from members.income import jobs, rules
from members.income.service import reminders
from members.income.service.subsidies import subsidy as read_subsidy
from members.ledger import service as ledger
from members.ledger.rules import AccountKey, Owner, Transfer
from tests.members.conftest import Office
from tests.members.dues import Treasury as DuesDesk
from tests.members.treasury import Treasury, refused


@pytest.fixture
async def treasury(office: Office) -> Treasury:
    desk = Treasury(office)
    await desk.purposes()
    return desk


async def attempt(piece: Piece, statement: str, **params: object) -> None:
    async with piece.database.transaction() as work:
        await work.execute(text(statement), params)


async def booked(work: Work, piece: Piece, amount: int) -> UUID:
    """A transfer of so much from the uses to the bank."""
    debit, credit = (AccountKey(Owner.network(name), "MXN") for name in ("uses-training", "bank"))
    transfer = Transfer(uuid4(), debit, credit, amount, "spending", uuid4())
    await ledger.open_accounts(work, piece.app.state.settings, [debit, credit])
    await ledger.lock(work, [debit, credit])
    await ledger.book(work, [transfer])
    return transfer.id


_SPEND = """
INSERT INTO spendings (id, number, purpose, amount, currency, spent_on, payee, text, paid_from, subsidy_id,
                       contribution_id, transfer_id, made_at, made_by)
VALUES (:id, :number, :purpose, :amount, :currency, :day, 'x', '', 'bank', :subsidy_id, :contribution_id, :transfer_id,
        now(), :id)
"""


async def spend(work: Work, piece: Piece, amount: int, **changes: Any) -> None:
    """Writes a spending past the rules."""
    values = {
        "id": uuid4(), "number": uuid4().hex, "purpose": "training", "amount": amount, "currency": "MXN",
        "day": date(2026, 2, 1), "subsidy_id": None, "contribution_id": None, **changes,
    }  # fmt: skip
    await work.execute(text(_SPEND), values | {"transfer_id": await booked(work, piece, amount)})


async def unguarded(piece: Piece, subsidy_id: UUID) -> bool:
    """What spending must never do: look, then write, without a lock between."""
    async with piece.database.transaction() as work:
        found = await read_subsidy(work.connection, subsidy_id)
        await asyncio.sleep(0.02)
        if found.left < 10000:
            return False
        await spend(work, piece, 10000, subsidy_id=subsidy_id)
        return True


@pytest.mark.parametrize("guard", [True, False])
async def test_the_race_for_the_rest_of_a_subsidy_is_real_without_the_constraint_and_lost_with_it(
    treasury: Treasury, piece: Piece, guard: bool
) -> None:
    granted = await treasury.subsidy(granted="300.00", granted_on="2026-01-01")
    if not guard:
        await attempt(piece, "ALTER TABLE subsidies DROP CONSTRAINT ck_subsidies_spent")
    outcomes = await asyncio.gather(*(unguarded(piece, UUID(granted["id"])) for _ in range(12)), return_exceptions=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, IntegrityError)]
    assert unexpected == []
    spent = (await treasury.get(f"/v1/subsidies/{granted['id']}")).json()["spent"]["amount"]
    if guard:
        assert (outcomes.count(True), spent) == (3, "300.00")
    else:
        assert outcomes.count(True) > 3


async def test_of_many_spendings_at_once_as_many_are_booked_as_there_is_money_for(treasury: Treasury) -> None:
    granted = await treasury.subsidy(granted="300.00", granted_on="2026-01-01")
    asked = [treasury.post("/v1/spendings", **treasury.use(subsidy_id=granted["id"])) for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {
        "urn:trama:problem:subsidy-overspent"
    }
    numbers = sorted(answer.json()["number"][-4:] for answer in answers if answer.status_code == 201)
    assert numbers == ["0001", "0002", "0003"]
    assert await treasury.totals() == {"bank": 30000, "uses-training": -30000}


async def test_one_invoice_that_many_book_at_once_is_booked_once(treasury: Treasury) -> None:
    asked = [treasury.post("/v1/spendings", **treasury.use(document="A-1")) for _ in range(5)]
    asked += [treasury.post("/v1/spendings", **treasury.use(document="A-1", purpose="web")) for _ in range(5)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert statuses == [201] + [409] * 9


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"purpose": "web"}, "fk_spendings_subsidy"),
        ({"currency": "EUR"}, "fk_spendings_subsidy"),
        ({"day": date(2026, 3, 2)}, "could be spent only before"),
        ({"amount": 30001}, "ck_subsidies_spent"),
        ({"purpose": "parties", "subsidy_id": None}, "fk_spendings_purpose"),
    ],
)
async def test_the_database_itself_keeps_a_subsidy_to_its_purpose_its_days_and_its_amount(
    treasury: Treasury, piece: Piece, changes: dict[str, Any], constraint: str
) -> None:
    granted = await treasury.subsidy(granted="300.00", granted_on="2026-01-01", spend_by="2026-03-01")
    values = {"amount": 100, "subsidy_id": UUID(granted["id"]), **changes}
    with pytest.raises(IntegrityError, match=constraint):
        async with piece.database.transaction() as work:
            await spend(work, piece, **values)
    assert await treasury.totals() == {}


COUNTED_ALREADY = """
INSERT INTO subsidies SELECT gen_random_uuid(), kind, grantor, named, programme, reference, purpose, granted, currency,
                             granted_on, spend_by, justify_by, note, withdrawn_on, 5, 0, 1, made_at, made_by FROM subsidies
"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subsidies SET spent = 0",
        "UPDATE subsidies SET received = received + 1",
        "UPDATE subsidies SET granted = 1000000",
        "UPDATE subsidies SET purpose = 'web'",
        "DELETE FROM subsidies",
        "UPDATE contributions SET received = 1",
        "UPDATE contributions SET amount = 1",
        "DELETE FROM contributions",
        "UPDATE receipts SET amount = 1",
        "DELETE FROM receipts",
        "UPDATE spendings SET amount = 1",
        "UPDATE spendings SET reversed_by = id",
        "DELETE FROM spendings",
        "UPDATE condition_facts SET met = false",
        COUNTED_ALREADY,
    ],
)
async def test_what_was_received_and_spent_can_not_be_changed(treasury: Treasury, piece: Piece, statement: str) -> None:
    granted = await treasury.subsidy(granted="300.00", granted_on="2026-01-01", conditions=[{"text": "x"}])
    address = f"/v1/subsidies/{granted['id']}"
    await treasury.receive(granted["id"], "200.00")
    await treasury.made("/v1/spendings", **treasury.use(subsidy_id=granted["id"]))
    await treasury.post(f"{address}/conditions/{granted['conditions'][0]['id']}/meet")
    given = await treasury.made("/v1/contributions", giver="S.", amount=treasury.money("5.00"))
    await treasury.made(f"/v1/contributions/{given['id']}/receipts", amount=treasury.money("5.00"), method="cash")
    before = (await treasury.get(address)).json()
    with pytest.raises(IntegrityError):
        await attempt(piece, statement)
    assert (await treasury.get(address)).json() == before


async def test_what_these_rooms_booked_is_not_undone_behind_their_backs(treasury: Treasury) -> None:
    granted = await treasury.subsidy(granted="300.00", granted_on="2026-01-01")
    receipt = (await treasury.receive(granted["id"], "200.00")).json()
    spending = await treasury.made("/v1/spendings", **treasury.use(subsidy_id=granted["id"]))
    for made in (receipt, spending):
        answer = await treasury.post(f"/v1/transfers/{made['transfer_id']}/reverse", reason="by the back door")
        refused(answer, 409, "reversed-elsewhere", None)
    await treasury.made(f"/v1/receipts/{receipt['id']}/reverse", reason="bounced")
    await treasury.made(f"/v1/spendings/{spending['id']}/reverse", reason="returned")
    found = (await treasury.get(f"/v1/subsidies/{granted['id']}")).json()
    assert (found["received"]["amount"], found["spent"]["amount"]) == ("0.00", "0.00")


DAY = date(2026, 6, 1)


@given(st.integers(min_value=-60, max_value=60))
def test_a_letter_is_owed_for_the_nearest_of_its_days_until_the_deadline_is_over(ahead: int) -> None:
    thing = uuid4()
    found = rules.due(DAY, [(thing, "spend_by", DAY + timedelta(days=ahead))])
    days = [due.days for due in found]
    if ahead < 0 or ahead > 30:
        assert days == []
    else:
        assert days == [1 if ahead <= 1 else 7 if ahead <= 7 else 30]


async def letters(piece: Piece) -> list[tuple[str, str]]:
    """Whom was written what."""
    async with piece.database.reading() as connection:
        rows = await connection.execute(text("SELECT recipient, text FROM letters ORDER BY made_at, text"))
    return [(row.recipient, row.text) for row in rows]


async def test_the_treasurer_is_written_to_once_for_each_of_the_days_before_a_deadline(
    treasury: Treasury, piece: Piece
) -> None:
    granted = await treasury.subsidy(
        granted="300.00",
        granted_on="2026-01-15",
        spend_by="2026-07-01",
        justify_by="2026-07-08",
        conditions=[{"text": "Send the list of participants", "due_on": "2026-06-10"}],
    )
    await treasury.subsidy(granted="5.00", granted_on="2026-01-15")
    (job,) = jobs.jobs(piece.app.state.settings)
    desk = DuesDesk(treasury.office)
    with desk.on("2026-06-09"):
        await run_once(piece.database, job)
        assert await letters(piece) == []
        async with piece.database.transaction() as work:
            await identity.create_user_with_roles(
                work,
                piece.app.state.passwords,
                email="tesorera@queretaro.example",
                password="nopales al sol",
                name="Tesorera",
                roles=["treasurer"],
                by=None,
            )
        for _ in range(2):
            await run_once(piece.database, job)
    written = await letters(piece)
    assert {recipient for recipient, _ in written} == {"tesorera@queretaro.example"}
    assert len(written) == 3
    said = "\n".join(words for _, words in written)
    assert "Send the list of participants" in said
    assert "$300.00" in said
    assert "1 de julio de 2026" in said
    await treasury.post(f"/v1/subsidies/{granted['id']}/conditions/{granted['conditions'][0]['id']}/meet")
    texts = Texts(["kit", "members"])
    counts = []
    for day in ("2026-06-10", "2026-06-23", "2026-06-24", "2026-06-30", "2026-07-02"):
        with desk.on(day):
            async with piece.database.transaction() as work:
                counts.append(await reminders.write(work, piece.app.state.settings, texts))
    # The condition is met; a week and a day before 1 July, and a week before 8 July, if a day late.
    assert counts == [0, 0, 1, 1, 1]
    assert len(await letters(piece)) == 3 + sum(counts)
