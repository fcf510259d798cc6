"""Gifts and deposits, what is paid back of them, and where the fund then stands."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.orders import Posting, SettlementComputed
from contracts.values import Money
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.conftest import Office
from tests.members.fund_desk import Desk, days, money


@pytest.fixture
async def desk(office: Office, tokens: Tokens) -> Desk:
    """An empty fund without terms."""
    return Desk(office, tokens)


async def test_gifts_stay_and_deposits_are_owed(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "300.00")
    body = {"member_id": str(member_id), "amount": money("100.00"), "kind": "gift"}
    own = office.of(member_id)
    assert (await desk.post("/v1/fund/contributions", body, own)).status_code == 201
    assert (await desk.post("/v1/fund/contributions", body | {"kind": "deposit"}, own)).status_code == 201
    position = await desk.position()
    assert (position["gifts"], position["deposits"], position["deposits_owed"]) == ("100.00", "100.00", "100.00")
    assert (position["balance"], position["free"]) == ("200.00", "200.00")
    assert (await office.balance(member_id))["balance"] == "100.00"
    too_much = await desk.post("/v1/fund/contributions", body | {"amount": money("100.01")}, own)
    assert (too_much.status_code, too_much.json()["type"]) == (409, "urn:trama:problem:balance-too-small")
    listed = (await desk.client.get("/v1/fund/contributions", headers=own)).json()["items"]
    assert [item["kind"] for item in listed] == ["deposit", "gift"]
    other = office.of(await office.admit())
    assert (await desk.client.get("/v1/fund/contributions", headers=other)).json()["items"] == []
    assert (await desk.post("/v1/fund/contributions", body, other)).status_code == 404
    assert (await desk.post("/v1/fund/contributions", body | {"paid_by": "cash"}, own)).status_code == 403


async def test_the_same_contribution_twice_is_one(desk: Desk, office: Office) -> None:
    member_id, contribution_id = await office.admit(), str(uuid4())
    for _ in range(2):
        answer = await desk.give(member_id, "50.00", id=contribution_id)
        assert (answer.status_code, answer.json()["id"]) == (201, contribution_id)
    other = await desk.give(member_id, "60.00", id=contribution_id)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/id")
    assert (await desk.position())["gifts"] == "50.00"


async def test_a_contribution_that_can_not_be_is_refused_by_name(desk: Desk, office: Office) -> None:
    body = {"member_id": str(await office.admit()), "amount": money("5.00"), "kind": "gift", "paid_by": "cash"}
    changes: list[tuple[dict[str, object], str]] = [
        ({"amount": money("0.00")}, "/amount/amount"),
        ({"amount": money("1.005")}, "/amount"),
        ({"amount": money("5.00", "TUMIN")}, "/amount/currency"),
        ({"paid_on": days(1)}, "/paid_on"),
        ({"kind": "loan"}, "/kind"),
    ]
    for change, pointer in changes:
        answer = await desk.post("/v1/fund/contributions", body | change, desk.treasurer)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    applicant = UUID((await office.apply()).json()["id"])
    assert (await desk.give(applicant, "5.00")).json()["type"] == "urn:trama:problem:member-not-active"
    assert (await desk.give(uuid4(), "5.00")).status_code == 404
    assert (await desk.position())["balance"] == "0.00"


async def test_a_deposit_is_paid_back_after_its_notice(desk: Desk, office: Office) -> None:
    await desk.write_terms(notice_days=30)
    with desk.ago(40):
        member_id = await office.admit()
        await desk.give(member_id, "500.00", "deposit")
    own, notice_id = office.of(member_id), str(uuid4())
    ask = {"id": notice_id, "member_id": str(member_id), "amount": money("300.00")}
    for _ in range(2):
        given = await desk.post("/v1/fund/notices", ask, own)
        assert (given.status_code, given.json()["payable_from"]) == (201, days(30))
    more = await desk.post("/v1/fund/notices", ask | {"id": None, "amount": money("200.01")}, own)
    assert (more.status_code, more.json()["type"]) == (409, "urn:trama:problem:more-than-deposited")
    early = await desk.post(f"/v1/fund/notices/{notice_id}/pay", {}, desk.treasurer)
    assert (early.status_code, early.json()["type"]) == (409, "urn:trama:problem:notice-running")
    cancelled = await desk.post(f"/v1/fund/notices/{notice_id}/cancel", {}, own)
    assert cancelled.json()["paid"] is False
    again = await desk.post(f"/v1/fund/notices/{notice_id}/pay", {}, desk.treasurer)
    assert again.json()["type"] == "urn:trama:problem:notice-ended"

    with desk.ago(31):
        old = await desk.post("/v1/fund/notices", ask | {"id": None}, own)
    address = f"/v1/fund/notices/{old.json()['id']}/pay"
    assert (await desk.post(address, {"pay_out": "bank"}, own)).status_code == 403
    paid = await desk.post(address, {"pay_out": "bank"}, desk.treasurer)
    assert (paid.status_code, paid.json()["paid"], paid.json()["ended_on"]) == (200, True, days(0))
    position = await desk.position()
    assert (position["withdrawals"], position["deposits_owed"], position["balance"]) == ("300.00", "200.00", "200.00")
    assert (await office.balance(member_id))["balance"] == "0.00"
    stranger = office.of(await office.admit())
    assert (await desk.post(f"/v1/fund/notices/{old.json()['id']}/cancel", {}, stranger)).status_code == 404
    assert len((await desk.client.get("/v1/fund/notices", headers=own)).json()["items"]) == 2
    assert (await desk.client.get("/v1/fund/notices", headers=stranger)).json()["items"] == []
    assert (await office.proof())["ok"]


async def test_what_is_lent_can_not_be_paid_back_to_depositors(desk: Desk, office: Office) -> None:
    await desk.write_terms(fund_share="100")
    saver = await office.admit()
    await desk.give(saver, "1500.00", "deposit")
    await desk.lend(await office.admit(), "1200.00")
    notice = await desk.post("/v1/fund/notices", {"member_id": str(saver), "amount": money("500.00")}, office.of(saver))
    paid = await desk.post(f"/v1/fund/notices/{notice.json()['id']}/pay", {}, desk.treasurer)
    assert (paid.status_code, paid.json()["type"]) == (409, "urn:trama:problem:fund-too-small")


async def test_a_contribution_is_undone_once_and_back_on_the_account(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    gift = (await desk.give(member_id, "50.00")).json()["id"]
    deposit = (await desk.give(member_id, "70.00", "deposit")).json()["id"]
    why = {"reason": "Wrong member"}
    undone = await desk.post(f"/v1/fund/contributions/{gift}/reverse", why, desk.treasurer)
    assert (undone.status_code, undone.json()["reverses"]) == (201, gift)
    again = await desk.post(f"/v1/fund/contributions/{gift}/reverse", why, desk.treasurer)
    assert again.json()["type"] == "urn:trama:problem:reversed-already"
    assert (await office.balance(member_id))["balance"] == "50.00"
    listed = (await desk.client.get("/v1/fund/contributions", headers=desk.treasurer)).json()["items"]
    assert next(item for item in listed if item["id"] == gift)["reversed_by"] == undone.json()["id"]
    await desk.post("/v1/fund/notices", {"member_id": str(member_id), "amount": money("30.00")}, desk.treasurer)
    asked_back = await desk.post(f"/v1/fund/contributions/{deposit}/reverse", why, desk.treasurer)
    assert asked_back.json()["type"] == "urn:trama:problem:more-than-deposited"
    assert (await desk.post(f"/v1/fund/contributions/{uuid4()}/reverse", why, desk.treasurer)).status_code == 404
    assert (await desk.position())["gifts"] == "0.00"


async def test_the_position_is_for_members_without_a_name_and_by_month(desk: Desk, office: Office) -> None:
    member_id = await office.admit(name="Familia Secreta")
    await desk.write_terms(fund_share="100")
    with desk.ago(65):
        old = await office.admit()
        await desk.give(old, "2000.00", paid_on=desk.day(0))
    await desk.give(member_id, "300.00", "deposit")
    loan = await desk.lend(old)
    answer = await desk.client.get("/v1/fund", headers=office.of(member_id))
    assert answer.status_code == 200
    assert (await desk.client.get("/v1/fund")).status_code == 401
    for secret in ("Secreta", str(member_id), str(old), loan["id"], loan["number"]):
        assert secret not in answer.text
    months = answer.json()["months"]
    assert [month["gifts"]["amount"] for month in months] == ["2000.00", "0.00"]
    assert (months[1]["lent"]["amount"], months[1]["balance"]["amount"]) == ("1200.00", "1100.00")
    assert months[-1]["balance"] == answer.json()["now"]["balance"]


async def test_the_solidarity_fee_of_cycles_comes_into_the_fund(desk: Desk, office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "100.00")
    posting = Posting(
        posting_id=uuid4(),
        debit=f"member:{member_id}",
        credit="network:fund",
        amount=Money.of_minor(250, "MXN"),
        cause="fee",
        cause_id=uuid4(),
        text="",
    )
    part = SettlementComputed(part_id=uuid4(), cycle_id=uuid4(), part=1, parts=1, postings=[posting], order_ids=[])
    await spy.publish(part, subject=part.part_id)
    position = await eventually(desk.position, lambda found: found["balance"] == "2.50")
    assert (position["from_cycles"], position["free"], position["gifts"]) == ("2.50", "2.50", "0.00")


async def test_a_movement_of_the_fund_is_undone_where_it_was_made(desk: Desk, office: Office, piece: Piece) -> None:
    gift = (await desk.give(await office.admit(), "50.00")).json()["id"]
    around = await desk.post(f"/v1/transfers/{gift}/reverse", {"reason": "By the back door"}, desk.treasurer)
    assert (around.status_code, around.json()["type"]) == (409, "urn:trama:problem:reversed-elsewhere")
    position = await desk.position()
    assert (position["gifts"], position["balance"]) == ("50.00", "50.00")
    async with piece.database.reading() as connection:
        assert (
            await connection.execute(text("SELECT count(*) FROM transfers WHERE reverses IS NOT NULL"))
        ).scalar() == 0
