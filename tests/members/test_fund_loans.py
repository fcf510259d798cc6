"""A loan's way from the application to the last instalment, over HTTP."""

from uuid import UUID, uuid4

import pytest

from contracts.members import LoanDisbursed
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from members.fund.service import reminding
from tests.members.conftest import Office
from tests.members.fund_desk import Desk, days, money


@pytest.fixture
async def desk(office: Office, tokens: Tokens) -> Desk:
    """A fund with 10,000.00 MXN and terms."""
    desk = Desk(office, tokens)
    await desk.write_terms()
    answer = await desk.give(await office.admit(), "10000.00")
    assert answer.status_code == 201, answer.text
    return desk


async def test_a_loan_from_the_application_to_the_last_instalment(desk: Desk, office: Office, spy: Spy) -> None:
    member_id = await office.admit()
    applied = await desk.apply(member_id)
    assert applied.status_code == 201, applied.text
    loan_id = applied.json()["id"]
    assert applied.headers["location"] == f"/v1/loans/{loan_id}"
    assert (applied.json()["status"], len(applied.json()["instalments"])) == ("applied", 12)
    assert applied.json()["number"].startswith("QRO-P-")
    assert (await desk.approve(loan_id)).json()["status"] == "approved"
    assert (await desk.position())["approved"] == "1200.00"
    lent = await desk.disburse(loan_id, pay_out="cash")
    assert (lent.status_code, lent.json()["status"]) == (200, "disbursed")
    assert (await office.balance(member_id))["balance"] == "0.00"
    assert [entry["cause"] for entry in await office.statement(member_id)] == ["loan", "loan"]
    event = await spy.next(LoanDisbursed, UUID(loan_id))
    assert (event.data.amount.minor, event.version) == (120_000, 2)

    first = lent.json()["instalments"][0]
    # 1,200.00 at 12 % for 30 days is 11.84.
    assert (first["principal"], first["interest"]) == (money("100.00"), money("11.84"))
    paid = await desk.repay(loan_id, "111.84")
    assert paid.status_code == 201, paid.text
    loan = paid.json()["loan"]
    assert (loan["status"], loan["outstanding"], loan["instalments"][0]["open"]) == (
        "repaying",
        money("1100.00"),
        money("0.00"),
    )
    end = await desk.repay(loan_id, loan["payoff"]["amount"])
    assert (end.json()["loan"]["status"], end.json()["loan"]["payoff"]) == ("repaid", money("0.00"))
    position = await desk.position()
    assert (position["balance"], position["outstanding"], position["repaid"]) == ("10000.00", "0.00", "1200.00")
    assert position["interest"] == f"{float(loan['payoff']['amount']) - 1100 + 11.84:.2f}"
    assert (await office.proof())["ok"]


async def test_a_member_sees_its_own_loans_and_those_it_stands_in_for(desk: Desk, office: Office) -> None:
    ana, luz, other = [await office.admit() for _ in range(3)]
    loan_id = (await desk.apply(ana, guarantors=[str(luz)])).json()["id"]
    for member_id, status, count in ((ana, 200, 1), (luz, 200, 1), (other, 404, 0)):
        headers = office.of(member_id)
        assert (await desk.client.get(f"/v1/loans/{loan_id}", headers=headers)).status_code == status
        assert len((await desk.client.get("/v1/loans", headers=headers)).json()["items"]) == count
    assert (await desk.client.get("/v1/loans")).status_code == 401
    own = await desk.client.get("/v1/loans", params={"member_id": str(ana)}, headers=desk.coordinator)
    assert [item["id"] for item in own.json()["items"]] == [loan_id]


async def test_a_list_of_loans_takes_the_same_statements_however_long(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    counts, loans = [], []
    for _ in range(2):
        loan = await desk.lend(member_id, "400.00")
        loans.append(loan["id"])
        await desk.repay(loan["id"], "50.00")
        with desk.office.piece.counted_queries() as statements:
            page = await desk.client.get("/v1/loans", params={"member_id": str(member_id)}, headers=desk.treasurer)
        assert page.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
    first = await desk.client.get("/v1/loans", params={"limit": 1}, headers=desk.treasurer)
    rest = await desk.client.get("/v1/loans", params={"after": first.json()["next"]}, headers=desk.treasurer)
    assert first.json()["items"][0]["id"] == loans[-1] != rest.json()["items"][0]["id"]


async def test_the_same_id_is_the_same_application_and_the_same_repayment(desk: Desk, office: Office) -> None:
    member_id, loan_id, payment_id = await office.admit(), str(uuid4()), str(uuid4())
    for _ in range(2):
        assert (await desk.apply(member_id, id=loan_id)).json()["id"] == loan_id
    other = await desk.apply(member_id, "700.00", id=loan_id)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/id")
    await desk.approve(loan_id)
    await desk.disburse(loan_id)
    for _ in range(2):
        again = await desk.repay(loan_id, "111.84", id=payment_id)
        assert (again.status_code, again.json()["id"]) == (201, payment_id)
    assert (await desk.loan(loan_id))["outstanding"] == money("1100.00")
    other = await desk.repay(loan_id, "5.00", id=payment_id)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/id")


async def test_late_instalments_bring_arrears_by_themselves_and_paying_ends_them(desk: Desk, office: Office) -> None:
    with desk.ago(40):
        member_id = await office.admit()
        loan = await desk.lend(member_id)
    # Due ten days ago, with five days of grace.
    found = await desk.loan(loan["id"])
    assert (found["in_arrears"], found["overdue"]) == (True, money("111.84"))
    assert await desk.status(member_id) == "in_arrears"
    position = await desk.position()
    assert (position["in_arrears"], position["loans_in_arrears"]) == ("100.00", 1)
    paid = (await desk.repay(loan["id"], "111.84", paid_on=days(-1))).json()
    assert await desk.status(member_id) == "active"
    assert (await desk.position())["in_arrears"] == "0.00"
    undone = await desk.post(
        f"/v1/loans/{loan['id']}/repayments/{paid['id']}/reverse", {"reason": "The transfer bounced"}, desk.treasurer
    )
    assert (undone.status_code, undone.json()["status"]) == (201, "disbursed")
    assert await desk.status(member_id) == "in_arrears"
    assert (await office.balance(member_id))["balance"] == "1200.00"
    again = await desk.post(
        f"/v1/loans/{loan['id']}/repayments/{paid['id']}/reverse", {"reason": "Once more"}, desk.treasurer
    )
    assert again.json()["type"] == "urn:trama:problem:reversed-already"
    assert (await office.proof())["ok"]


async def test_repayments_are_undone_newest_first(desk: Desk, office: Office) -> None:
    loan = await desk.lend(await office.admit())
    first, second = [(await desk.repay(loan["id"], "50.00")).json()["id"] for _ in range(2)]
    address = f"/v1/loans/{loan['id']}/repayments"
    refused = await desk.post(f"{address}/{first}/reverse", {"reason": "Mistake"}, desk.treasurer)
    assert (refused.status_code, refused.json()["repayment_id"]) == (409, second)
    for payment_id in (second, first):
        assert (await desk.post(f"{address}/{payment_id}/reverse", {"reason": "Both"}, desk.treasurer)).is_success
    assert (await desk.loan(loan["id"]))["outstanding"] == money("1200.00")
    unknown = await desk.post(f"{address}/{uuid4()}/reverse", {"reason": "None"}, desk.treasurer)
    assert unknown.status_code == 404


async def test_too_much_shortens_the_plan(desk: Desk, office: Office) -> None:
    loan = await desk.lend(await office.admit())
    after = (await desk.repay(loan["id"], "361.84")).json()["loan"]
    principals = [item["principal"]["amount"] for item in after["instalments"]]
    assert principals[-3:] == ["50.00", "0.00", "0.00"]
    assert sum(float(item["interest"]["amount"]) for item in after["instalments"]) < sum(
        float(item["interest"]["amount"]) for item in loan["instalments"]
    )


async def test_a_new_plan_names_the_old_one_and_ends_the_arrears(desk: Desk, office: Office) -> None:
    with desk.ago(70):
        member_id = await office.admit()
        loan = await desk.lend(member_id)
    assert await desk.status(member_id) == "in_arrears"
    body = {
        "plan": {"instalments": 6, "every": "two_weeks", "first_due": days(20)},
        "yearly_rate": "6",
        "reason": "Hail took half of the harvest",
    }
    answer = await desk.post(f"/v1/loans/{loan['id']}/schedules", body, desk.treasurer)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert [schedule["version"] for schedule in found["schedules"]] == [1, 2]
    carried = found["schedules"][1]["carried_interest"]["amount"]
    due = [item["interest"]["amount"] for item in loan["instalments"][:2]]
    assert float(carried) == pytest.approx(sum(map(float, due)))
    assert sum(float(item["principal"]["amount"]) for item in found["instalments"]) == 1200
    assert await desk.status(member_id) == "active"
    dearer = await desk.post(f"/v1/loans/{loan['id']}/schedules", body | {"yearly_rate": "13"}, desk.treasurer)
    assert (dearer.status_code, dearer.json()["errors"][0]["pointer"]) == (422, "/yearly_rate")


async def test_a_late_loan_can_be_given_up_and_what_comes_back_all_the_same_is_taken(
    desk: Desk, office: Office
) -> None:
    with desk.ago(70):
        member_id = await office.admit()
        loan = await desk.lend(member_id)
    address, body = f"/v1/loans/{loan['id']}/write-off", {"reason": "Assembly of March"}
    assert (await desk.post(address, body, desk.coordinator)).status_code == 403
    given_up = await desk.post(address, body, desk.treasurer)
    assert (given_up.status_code, given_up.json()["status"]) == (200, "written_off")
    position = await desk.position()
    assert (position["outstanding"], position["written_off"], position["in_arrears"]) == ("0.00", "1200.00", "0.00")
    assert await desk.status(member_id) == "active"
    assert (await desk.repay(loan["id"], "211.84")).status_code == 201
    late_interest = float(loan["instalments"][1]["interest"]["amount"])
    assert float((await desk.position())["written_off"]) == pytest.approx(1100 - (100 - late_interest))
    on_time = await desk.lend(await office.admit())
    refused = await desk.post(f"/v1/loans/{on_time['id']}/write-off", body, desk.treasurer)
    assert refused.json()["type"] == "urn:trama:problem:loan-not-late"


async def test_each_letter_goes_out_once_and_tells_what_is_so_that_day(
    desk: Desk, office: Office, piece: Piece
) -> None:
    with desk.ago(28):
        await desk.lend(await office.admit(name="Ana"))
    with desk.ago(32):
        await desk.lend(await office.admit(name="Luz"))
    with desk.ago(50):
        await desk.lend(await office.admit(name="Eva"))
    for _ in range(2):
        async with piece.database.transaction() as work:
            await reminding.remind(work, piece.app.state.settings)
    async with piece.database.reading() as connection:
        rows = (
            await connection.exec_driver_sql(
                "SELECT subject, text FROM letters WHERE text LIKE '%%préstamo%%' ORDER BY text"
            )
        ).all()
    assert len(rows) == 3
    ana, eva, luz = rows
    assert ("vence el" in ana.text, "Ana" in ana.text, "$111.84" in ana.text) == (True, True, True)
    assert "está en mora" in eva.subject
    assert "pendiente" in luz.subject


async def test_the_agreement_is_a_pdf_in_the_readers_language(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    loan = await desk.lend(member_id)
    headers = office.of(member_id)
    for language in ("es", "en"):
        answer = await desk.client.get(
            f"/v1/loans/{loan['id']}/contract", headers=headers | {"accept-language": language}
        )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
    stranger = await desk.client.get(f"/v1/loans/{loan['id']}/contract", headers=office.of(await office.admit()))
    assert stranger.status_code == 404
