"""A membership ends at once; what is left open with it is settled piece by piece, and shown until it is."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece
from tests.members.conftest import Office

TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def money(amount: str, currency: str = "MXN") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def leaving(office: Office, member_id: UUID, headers: dict[str, str] | None = None) -> Any:
    answer = await office.piece.client.get(f"/v1/members/{member_id}/leaving", headers=headers or office.treasurer)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def settle(
    office: Office, member_id: UUID, how: str, amount: str, currency: str = "MXN", *, by: Any = None, **more: Any
) -> Any:
    return await office.piece.client.post(
        f"/v1/members/{member_id}/leaving/settlements",
        json={"how": how, "amount": money(amount, currency), **more},
        headers=by or office.treasurer,
    )


async def left(office: Office, balance: str = "0", currency: str = "MXN") -> UUID:
    """A member that has left, with this on its account."""
    member_id = await office.admit()
    if balance.startswith("-"):
        other = await office.admit()
        paid = await office.piece.client.post(
            "/v1/exchanges",
            json={"payer_id": str(member_id), "payee_id": str(other), "amount": money(balance[1:], currency)},
            headers=office.of(member_id),
        )
        assert paid.status_code < 300, paid.text
    elif balance != "0":
        await office.deposit(member_id, balance, currency)
    answer = await office.piece.client.post(f"/v1/members/{member_id}/leave", headers=office.of(member_id))
    assert answer.json()["status"] == "left"
    return member_id


def items(found: Any) -> list[tuple[str, str, bool]]:
    return [(item["kind"], item["amount"]["amount"], item["open"]) for item in found["items"]]


async def test_what_stands_open_is_shown_before_and_after_leaving(office: Office) -> None:
    member_id, other = await office.admit(), await office.admit()
    await office.deposit(member_id, "120.00")
    for headers in (office.of(member_id), office.coordinator, office.treasurer):
        found = await leaving(office, member_id, headers)
        assert (found["status"], items(found), found["settled"]) == ("active", [("credit", "120.00", True)], False)
    answer = await office.piece.client.get(f"/v1/members/{member_id}/leaving", headers=office.of(other))
    assert answer.status_code == 404
    early = await settle(office, member_id, "pay_out", "120.00")
    assert (early.status_code, early.json()["type"]) == (409, "urn:trama:problem:still-belongs")


async def test_a_balance_is_paid_out_in_parts_and_the_departure_closes_with_the_last(office: Office) -> None:
    member_id = await left(office, "120.00")
    first = await settle(office, member_id, "pay_out", "100.00", method="cash", id=str(same := uuid4()))
    assert (first.status_code, items(first.json()), first.json()["closed_at"]) == (
        201,
        [("credit", "20.00", True)],
        None,
    )
    again = await settle(office, member_id, "pay_out", "100.00", method="cash", id=str(same))
    assert items(again.json()) == [("credit", "20.00", True)]
    last = await settle(office, member_id, "pay_out", "20.00")
    assert (last.json()["items"], last.json()["settled"]) == ([], True)
    assert last.json()["closed_at"]
    assert (await office.balance(member_id))["balance"] == "0.00"
    assert (await office.proof())["ok"] is True
    closed = await office.piece.client.post(f"/v1/members/{member_id}/leaving/close", headers=office.treasurer)
    assert closed.json()["closed_at"] == last.json()["closed_at"]


async def test_a_balance_is_paid_out_once_though_two_pay_at_once(office: Office) -> None:
    member_id = await left(office, "120.00")
    answers = await asyncio.gather(*(settle(office, member_id, "pay_out", "120.00") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
    assert (await office.balance(member_id))["balance"] == "0.00"


async def test_a_member_does_not_leave_in_the_past_but_a_coordinator_may_record_it(office: Office) -> None:
    first, second = await office.admit(), await office.admit()
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    for member_id in (first, second):
        admitted = (
            await office.piece.client.get(f"/v1/members/{member_id}/standing", headers=office.coordinator)
        ).json()
        for fact in admitted:
            await office.piece.client.post(
                f"/v1/members/{member_id}/standing/{fact['id']}/redate",
                json={"effective_on": "2020-01-01"},
                headers=office.coordinator,
            )
    own = await office.piece.client.post(
        f"/v1/members/{first}/leave", json={"effective_on": yesterday}, headers=office.of(first)
    )
    assert (own.status_code, own.json()["errors"][0]["pointer"]) == (422, "/effective_on")
    recorded = await office.piece.client.post(
        f"/v1/members/{second}/leave", json={"effective_on": yesterday}, headers=office.coordinator
    )
    assert recorded.json()["status"] == "left"


async def test_a_balance_is_donated_as_a_contribution_by_the_member_itself(office: Office) -> None:
    member_id = await left(office, "50.00")
    mine = office.of(member_id)
    answer = await settle(office, member_id, "donate", "50.00", by=mine)
    assert (answer.status_code, answer.json()["settled"]) == (201, True), answer.text
    given = await office.piece.client.get("/v1/contributions", headers=office.treasurer)
    assert [one["amount"]["amount"] for one in given.json()["items"]] == ["50.00"]
    other = await left(office, "50.00")
    for how in ("pay_out", "keep"):
        denied = await settle(office, other, how, "50.00", by=office.of(other))
        assert denied.status_code == 403
    assert (await settle(office, other, "donate", "50.00", by=mine)).status_code == 404


async def test_a_balance_is_kept_until_it_is_claimed(office: Office) -> None:
    member_id = await left(office, "50.00")
    kept = await settle(office, member_id, "keep", "50.00")
    assert (items(kept.json()), kept.json()["settled"]) == ([("credit", "50.00", False)], True)
    claimed = await settle(office, member_id, "pay_out", "50.00", method="cash")
    assert claimed.json()["items"] == []


async def test_a_debt_gets_a_day_or_is_waived_with_a_reason(office: Office) -> None:
    member_id = await left(office, "-80", "TUMIN")
    assert items(await leaving(office, member_id)) == [("debt", "80.00", True)]
    agreed = await settle(office, member_id, "agree", "80.00", "TUMIN", reason="After the harvest", due_on=TOMORROW)
    [item] = agreed.json()["items"]
    assert (item["due_on"], item["open"], agreed.json()["settled"]) == (TOMORROW, True, False)
    refused = await office.piece.client.post(f"/v1/members/{member_id}/leaving/close", headers=office.treasurer)
    assert (refused.status_code, refused.json()["open"]) == (409, ["debt"])
    waived = await settle(office, member_id, "waive", "80.00", "TUMIN", reason="The assembly decided so")
    assert (waived.json()["items"], waived.json()["settled"]) == ([], True)
    entry = (await office.statement(member_id))[0]
    assert entry["cause"] == "leaving"
    assert (await office.proof())["ok"] is True


@pytest.mark.parametrize(
    ("balance", "body", "pointer"),
    [
        ("50.00", {"how": "pay_out", "amount": money("50.01")}, "/amount"),
        ("50.00", {"how": "donate", "amount": money("50.01")}, "/amount"),
        ("50.00", {"how": "keep", "amount": money("60.00")}, "/amount"),
        ("50.00", {"how": "pay_out", "amount": money("0.00")}, "/amount"),
        ("50.00", {"how": "pay_out", "amount": money("-1.00")}, "/amount"),
        ("50.00", {"how": "pay_out", "amount": money("1.005")}, "/amount"),
        ("50.00", {"how": "pay_out", "amount": money("1.00", "EUR")}, "/amount/currency"),
        ("50.00", {"how": "pay_out", "amount": money("1.00", "TUMIN")}, "/how"),
        ("50.00", {"how": "waive", "amount": money("50.00"), "reason": "x"}, "/how"),
        ("50.00", {"how": "keep", "amount": money("50.00"), "due_on": TOMORROW}, "/due_on"),
        ("50.00", {"how": "forget", "amount": money("50.00")}, "/how"),
        ("50.00", {"how": "pay_out", "amount": money("50.00"), "booked_on": TOMORROW}, "/booked_on"),
        ("0", {"how": "pay_out", "amount": money("1.00")}, "/how"),
        ("-50", {"how": "waive", "amount": money("50.00", "TUMIN")}, "/reason"),
        ("-50", {"how": "waive", "amount": money("51.00", "TUMIN"), "reason": "x"}, "/amount"),
        ("-50", {"how": "agree", "amount": money("50.00", "TUMIN"), "reason": "x"}, "/due_on"),
        ("-50", {"how": "agree", "amount": money("50.00", "TUMIN"), "reason": "x", "due_on": "2020-01-01"}, "/due_on"),
    ],
)
async def test_what_can_not_be_settled_so_is_named_and_nothing_is_done(
    office: Office, balance: str, body: dict[str, Any], pointer: str
) -> None:
    member_id = await left(office, balance, "TUMIN" if balance.startswith("-") else "MXN")
    before = items(await leaving(office, member_id))
    answer = await office.piece.client.post(
        f"/v1/members/{member_id}/leaving/settlements", json=body, headers=office.treasurer
    )
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["pointer"].startswith(pointer)
    assert items(await leaving(office, member_id)) == before


async def test_who_comes_back_starts_anew_and_leaves_anew(office: Office) -> None:
    member_id = await left(office, "50.00")
    await settle(office, member_id, "keep", "50.00")
    mine = office.of(member_id)
    await office.piece.client.post(f"/v1/members/{member_id}/apply", headers=mine)
    seen = await leaving(office, member_id, office.coordinator)
    assert (seen["status"], items(seen), seen["closed_at"]) == ("applied", [("credit", "50.00", True)], None)
    await office.piece.client.post(f"/v1/members/{member_id}/admit", headers=office.coordinator)
    await office.piece.client.post(f"/v1/members/{member_id}/leave", headers=mine)
    again = await leaving(office, member_id)
    assert (again["settled"], again["closed_at"], again["agreements"]) == (False, None, [])


async def test_agreements_stay_as_they_were_made(office: Office, piece: Piece) -> None:
    member_id = await left(office, "50.00")
    await settle(office, member_id, "keep", "50.00")
    for change in ("DELETE FROM departure_agreements", "UPDATE departures SET closed_at = now()"):
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(change))
