"""What the fund and its loans refuse, by its name and its place, and that nothing is half done then."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.testing.tokens import Tokens
from tests.members.conftest import Office
from tests.members.fund_desk import TERMS, Desk, days, money


@pytest.fixture
async def desk(office: Office, tokens: Tokens) -> Desk:
    """A fund with 10,000.00 MXN and terms."""
    desk = Desk(office, tokens)
    await desk.write_terms()
    await desk.give(await office.admit(), "10000.00")
    return desk


def refused(answer: Any) -> tuple[int, str, str | None]:
    body = answer.json()
    pointers = [error["pointer"] for error in body.get("errors", [])]
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), pointers[0] if pointers else None


def plan(**changes: Any) -> dict[str, Any]:
    return {"plan": {"instalments": 12, "every": "month", "first_due": days(30), **changes}}


IMPOSSIBLE: list[tuple[dict[str, Any], tuple[int, str, str]]] = [
    ({"amount": money("5000.01")}, (422, "amount-over-terms", "/amount/amount")),
    ({"amount": money("0")}, (422, "amount-not-positive", "/amount/amount")),
    ({"amount": money("-5.00")}, (422, "amount-not-positive", "/amount/amount")),
    ({"amount": money("100.005")}, (422, "invalid", "/amount")),
    ({"amount": {"amount": 100, "currency": "MXN"}}, (422, "invalid", "/amount/amount")),
    ({"amount": money("100.00", "TUMIN")}, (422, "currency-mismatch", "/amount/currency")),
    ({"amount": money("100.00", "EUR")}, (422, "currency-mismatch", "/amount/currency")),
    ({"amount": money("11.99")}, (422, "plan-too-thin", "/plan/instalments")),
    (plan(instalments=0), (422, "invalid", "/plan/instalments")),
    (plan(instalments=121), (422, "invalid", "/plan/instalments")),
    (plan(instalments=25), (422, "plan-too-long", "/plan/instalments")),
    (plan(every="week"), (422, "invalid", "/plan/every")),
    (plan(first_due=days(0)), (422, "first-due-past", "/plan/first_due")),
    (plan(first_due=days(380)), (422, "first-due-far", "/plan/first_due")),
    (plan(first_due="9999-12-31"), (422, "first-due-far", "/plan/first_due")),
    (plan(first_due="soon"), (422, "invalid", "/plan/first_due")),
    ({"purpose": ""}, (422, "invalid", "/purpose")),
    ({"interest": "0"}, (422, "invalid", "/interest")),
    ({"guarantors": [str(uuid4())]}, (404, "member-unknown", "/guarantors/0")),
]


async def test_an_application_that_can_not_be_is_refused_by_name(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    for changes, expected in IMPOSSIBLE:
        assert refused(await desk.apply(member_id, **changes)) == expected, changes
    assert (await desk.client.get("/v1/loans", headers=desk.treasurer)).json()["items"] == []


async def test_guarantors_are_other_members_in_good_standing_and_as_many_as_the_terms_say(
    desk: Desk, office: Office
) -> None:
    member_id, other, suspended = [await office.admit() for _ in range(3)]
    await office.piece.client.post(f"/v1/members/{suspended}/suspend", headers=desk.coordinator)
    for guarantors, expected in (
        ([member_id], (422, "guarantor-not-another", "/guarantors/0")),
        ([other, other], (422, "guarantor-not-another", "/guarantors/1")),
        ([suspended], (409, "member-not-in-good-standing", "/guarantors/0")),
    ):
        answer = await desk.apply(member_id, guarantors=[str(guarantor) for guarantor in guarantors])
        assert refused(answer) == expected
    await desk.write_terms(guarantors=1)
    assert refused(await desk.apply(member_id)) == (422, "guarantors-missing", "/guarantors")


async def test_who_is_not_in_good_standing_or_too_new_gets_no_loan(desk: Desk, office: Office) -> None:
    suspended = await office.admit()
    await office.piece.client.post(f"/v1/members/{suspended}/suspend", headers=desk.coordinator)
    assert refused(await desk.apply(suspended)) == (409, "member-not-in-good-standing", "/member_id")
    applicant = UUID((await office.apply()).json()["id"])
    assert refused(await desk.apply(applicant)) == (409, "member-not-in-good-standing", "/member_id")
    await desk.write_terms(months_belonging=6)
    assert refused(await desk.apply(await office.admit())) == (409, "member-too-new", "/member_id")
    with desk.ago(200):
        old = await office.admit()
    assert (await desk.apply(old)).status_code == 201


async def test_nobody_asks_in_anothers_name(desk: Desk, office: Office, tokens: Tokens) -> None:
    member_id = await office.admit()
    body = {"member_id": str(member_id), "amount": money("500.00"), "purpose": "A mill", **plan()}
    stranger = office.of(await office.admit())
    assert refused(await desk.post("/v1/loans", body, stranger))[:2] == (404, "member-unknown")
    assert (await desk.client.post("/v1/loans", json=body)).status_code == 401
    unknown = {**body, "member_id": str(uuid4())}
    assert refused(await desk.post("/v1/loans", unknown, desk.treasurer))[:2] == (404, "member-unknown")
    assert (await desk.post("/v1/loans", body, desk.coordinator)).status_code == 201


async def test_loans_together_stay_within_the_terms(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    assert (await desk.apply(member_id, "3000.00")).status_code == 201
    assert refused(await desk.apply(member_id, "2000.01"))[1] == "amount-over-terms"
    withdrawn = (await desk.apply(member_id, "2000.00")).json()["id"]
    assert (await desk.post(f"/v1/loans/{withdrawn}/withdraw", {}, office.of(member_id))).json()[
        "status"
    ] == "withdrawn"
    assert (await desk.apply(member_id, "2000.00")).status_code == 201
    await desk.write_terms(fund_share="1", max_amount=money("9000.00"))
    assert refused(await desk.apply(await office.admit(), "100.01"))[1:] == ("amount-over-share", "/amount/amount")


async def test_without_terms_nothing_is_lent(office: Office, tokens: Tokens) -> None:
    desk = Desk(office, tokens)
    assert refused(await desk.apply(await office.admit()))[:2] == (409, "fund-without-terms")
    assert (await desk.client.get("/v1/fund/terms", headers=desk.treasurer)).status_code == 404
    assert (await desk.position())["free"] == "0.00"


async def test_terms_are_the_treasurers_and_change_by_version(desk: Desk, office: Office) -> None:
    shown = await desk.client.get("/v1/fund/terms", headers=office.of(await office.admit()))
    assert (shown.headers["etag"], shown.json()["yearly_rate"]) == ('"1"', "12")
    address = "/v1/fund/terms"
    stale = await desk.client.put(address, json=TERMS, headers=desk.treasurer | {"if-match": '"0"'})
    assert stale.status_code == 412
    assert (await desk.client.put(address, json=TERMS, headers=desk.treasurer)).status_code == 428
    assert (
        await desk.client.put(address, json=TERMS, headers=desk.coordinator | {"if-match": '"1"'})
    ).status_code == 403
    new = await desk.client.put(address, json=TERMS | {"reserve": "20"}, headers=desk.treasurer | {"if-match": '"1"'})
    assert (new.status_code, new.headers["etag"], new.json()["version"]) == (200, '"2"', 2)
    for changes, pointer in (
        ({"yearly_rate": "60.01"}, "/yearly_rate"),
        ({"yearly_rate": 12}, "/yearly_rate"),
        ({"yearly_rate": "1.234"}, "/yearly_rate"),
        ({"yearly_rate": "NaN"}, "/yearly_rate"),
        ({"fund_share": "0"}, "/fund_share"),
        ({"reserve": "101"}, "/reserve"),
        ({"approvals": 0}, "/approvals"),
        ({"max_amount": money("0.00")}, "/max_amount/amount"),
        ({"max_amount": money("5.00", "TUMIN")}, "/max_amount/currency"),
        ({"method": "balloon"}, "/method"),
    ):
        answer = await desk.client.put(address, json=TERMS | changes, headers=desk.treasurer | {"if-match": "*"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_a_loan_is_decided_by_others_each_once(desk: Desk, office: Office, tokens: Tokens) -> None:
    member_id, guarantor = await office.admit(), await office.admit()
    loan_id = (await desk.apply(member_id, guarantors=[str(guarantor)])).json()["id"]
    address = f"/v1/loans/{loan_id}/approvals"
    assert refused(await desk.post(address, {}, desk.treasurer))[:2] == (409, "guarantors-unconfirmed")
    assert refused(await desk.post(address, {}, office.of(member_id)))[:2] == (403, "role-missing")
    for own in (member_id, guarantor):
        both = tokens.actor(roles=["member", "treasurer"], members=[own])
        assert refused(await desk.post(address, {}, both))[:2] == (403, "own-loan")
        assert refused(await desk.post(f"/v1/loans/{loan_id}/disburse", {}, both))[:2] == (403, "own-loan")
    answer = {"member_id": str(guarantor), "accepts": True}
    guarantors = f"/v1/loans/{loan_id}/guarantors"
    assert refused(await desk.post(guarantors, answer, office.of(member_id)))[:2] == (404, "guarantor-unknown")
    for _ in range(2):
        assert (await desk.post(guarantors, answer, office.of(guarantor))).json()["guarantors"][0]["accepts"] is True
    opposite = await desk.post(guarantors, answer | {"accepts": False}, office.of(guarantor))
    assert refused(opposite)[:2] == (409, "answered-already")
    for _ in range(2):
        assert (await desk.post(address, {}, desk.treasurer)).json()["status"] == "applied"
    changed = await desk.post(address, {"verdict": "decline", "reason": "No"}, desk.treasurer)
    assert refused(changed)[:2] == (409, "voted-already")
    assert refused(await desk.disburse(loan_id))[:2] == (409, "wrong-loan-status")
    assert (await desk.post(address, {}, desk.coordinator)).json()["status"] == "approved"
    assert (await desk.post(f"/v1/loans/{uuid4()}/approvals", {}, desk.treasurer)).status_code == 404


async def test_a_declined_loan_is_neither_lent_nor_repaid_nor_decided_again(
    desk: Desk, office: Office, tokens: Tokens
) -> None:
    member_id = await office.admit()
    loan_id = (await desk.apply(member_id)).json()["id"]
    verdict = {"verdict": "decline", "reason": "Too much for now"}
    votes = [
        await desk.post(f"/v1/loans/{loan_id}/approvals", verdict, headers)
        for headers in (desk.treasurer, desk.coordinator)
    ]
    assert votes[-1].json()["status"] == "declined"
    third = tokens.actor(roles=["treasurer"])
    for answer in (
        await desk.repay(loan_id, "10.00"),
        await desk.disburse(loan_id),
        await desk.post(f"/v1/loans/{loan_id}/approvals", {}, third),
        await desk.post(f"/v1/loans/{loan_id}/withdraw", {}, office.of(member_id)),
        await desk.post(f"/v1/loans/{loan_id}/schedules", {**plan(), "reason": "x"}, desk.treasurer),
        await desk.post(f"/v1/loans/{loan_id}/write-off", {"reason": "x"}, desk.treasurer),
    ):
        assert refused(answer)[:2] == (409, "wrong-loan-status")


async def test_a_repayment_that_can_not_be_is_refused_by_name(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    loan = await desk.lend(member_id)
    payoff = float(loan["payoff"]["amount"])
    for body, expected in (
        ({"amount": money(f"{payoff + 0.01:.2f}")}, (422, "more-than-owed", "/amount/amount")),
        ({"amount": money("0.00")}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": money("10.005")}, (422, "invalid", "/amount")),
        ({"amount": money("10.00", "TUMIN")}, (422, "currency-mismatch", "/amount/currency")),
        ({"amount": money("10.00"), "paid_on": days(1)}, (422, "day-to-come", "/paid_on")),
        ({"amount": money("10.00"), "paid_on": days(-1)}, (422, "day-too-early", "/paid_on")),
        ({"amount": money("10.00"), "paid_by": "barter"}, (422, "invalid", "/paid_by")),
    ):
        answer = await desk.post(f"/v1/loans/{loan['id']}/repayments", {"paid_by": "cash", **body}, desk.treasurer)
        assert refused(answer) == expected
    own = office.of(member_id)
    address = f"/v1/loans/{loan['id']}/repayments"
    cash = await desk.post(address, {"amount": money("10.00"), "paid_by": "cash"}, own)
    assert refused(cash)[:2] == (403, "only-the-treasurer")
    # What was lent lies on the account; more than that does not.
    more = await desk.post(address, {"amount": money("1205.00")}, own)
    assert refused(more) == (409, "balance-too-small", "/amount/amount")
    assert (await desk.post(address, {"amount": money("100.00")}, own)).status_code == 201
    stranger = await desk.post(address, {"amount": money("1.00")}, office.of(await office.admit()))
    assert stranger.status_code == 404
    assert (await office.proof())["ok"]


async def test_money_that_is_not_there_is_not_lent(desk: Desk, office: Office) -> None:
    member_id = await office.admit()
    await desk.write_terms(max_amount=money("9000.00"), fund_share="100", reserve="50")
    await desk.give(await office.admit(), "4000.00", "deposit")
    loans = [(await desk.apply(await office.admit(), amount)).json()["id"] for amount in ("9000.00", "3000.01")]
    for loan_id in loans:
        await desk.approve(loan_id)
    assert (await desk.disburse(loans[0])).status_code == 200
    # 14,000.00 less 9,000.00, of which half of the deposits stays.
    assert (await desk.position())["free"] == "3000.00"
    assert refused(await desk.disburse(loans[1]))[:2] == (409, "fund-too-small")
    assert (await desk.position())["balance"] == "5000.00"
    assert (await desk.status(member_id)) == "active"


async def test_the_books_of_a_closed_period_stay_closed(desk: Desk, office: Office) -> None:
    with desk.ago(40):
        member_id = await office.admit()
        loan = await desk.lend(member_id)
        approved = (await desk.apply(await office.admit())).json()["id"]
        await desk.approve(approved)
    closing = await desk.post("/v1/ledger/closings", {"through": days(-10)}, desk.treasurer)
    assert closing.is_success, closing.text
    for answer, pointer in (
        (await desk.repay(loan["id"], "111.84", paid_on=days(-10)), "/paid_on"),
        (await desk.give(member_id, "5.00", paid_on=days(-10)), "/paid_on"),
        (await desk.disburse(approved, disbursed_on=days(-10), first_due=days(30)), "/disbursed_on"),
    ):
        assert refused(answer) == (409, "period-closed", pointer)
    assert (await desk.repay(loan["id"], "111.84", paid_on=days(-9))).status_code == 201


async def test_a_plan_whose_first_day_has_passed_gets_a_new_one_with_the_money(desk: Desk, office: Office) -> None:
    with desk.ago(40):
        member_id = await office.admit()
        loan_id = (await desk.apply(member_id)).json()["id"]
        await desk.approve(loan_id)
    assert refused(await desk.disburse(loan_id)) == (422, "first-due-past", "/first_due")
    assert refused(await desk.disburse(loan_id, disbursed_on=days(1))) == (422, "day-to-come", "/disbursed_on")
    early = await desk.disburse(loan_id, disbursed_on=days(-41))
    assert refused(early) == (422, "day-too-early", "/disbursed_on")
    lent = await desk.disburse(loan_id, first_due=days(15))
    assert (lent.status_code, lent.json()["instalments"][0]["due_on"]) == (200, days(15))
    assert refused(await desk.disburse(loan_id, first_due=days(15)))[:2] == (409, "wrong-loan-status")
