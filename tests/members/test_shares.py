"""The register of share capital, over HTTP."""

import asyncio
import csv
import io
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kit.testing.pieces import Piece, Runner
from members.shares import service
from tests.members.conftest import Office
from tests.members.treasury import Treasury, refused


@pytest.fixture
async def treasury(office: Office) -> Treasury:
    """The treasurer's desk, in a network whose share is worth 100 since 2026 and 120 since June."""
    desk = Treasury(office)
    for value, day in (("100.00", "2026-01-01"), ("120.00", "2026-06-01")):
        await desk.made("/v1/shares/values", value=desk.money(value), valid_from=day)
    return desk


async def do(treasury: Treasury, what: str, member_id: UUID, shares: int, **more: Any) -> httpx.Response:
    body = {"member_id": str(member_id), "shares": shares, **more}
    return await treasury.post(f"/v1/shares/{what}", **body)


async def held(treasury: Treasury, member_id: UUID) -> tuple[int, int, str]:
    """Subscribed, paid, and what the paid ones come to; the same as the ledger has on the capital's account."""
    found = (await treasury.get(f"/v1/members/{member_id}/shares")).json()
    return found["subscribed"], found["paid"], found["capital"]["amount"]


async def owner(treasury: Treasury, shares: int, dated: str = "2026-03-01", **member: Any) -> UUID:
    """A member with so many shares, paid."""
    member_id = await treasury.office.admit(**member)
    assert (await do(treasury, "subscribe", member_id, shares, dated=dated)).status_code == 201
    paid = await do(treasury, "pay", member_id, shares, dated=dated, method="transfer")
    assert paid.status_code == 201, paid.text
    return member_id


async def check_capital(treasury: Treasury) -> None:
    """The capital's account is what the paid shares of all come to."""
    async with treasury.office.piece.database.reading() as connection:
        query = text("SELECT coalesce(sum(paid * value), 0)::bigint FROM share_holdings")
        capital = (await connection.execute(query)).scalar_one()
    assert (await treasury.totals()).get("shares", 0) == capital
    assert (await treasury.office.proof())["ok"]


async def test_shares_are_subscribed_paid_transferred_and_redeemed_and_the_ledger_has_their_money(
    treasury: Treasury,
) -> None:
    office = treasury.office
    first, second = await office.admit(name="Ana"), await office.admit(name="Beto")
    subscribed = await do(treasury, "subscribe", first, 5, dated="2026-03-01")
    assert subscribed.json()["number"] == "QRO-SH-2026-0001"
    assert await held(treasury, first) == (5, 0, "0.00")
    assert (await do(treasury, "pay", first, 3, dated="2026-03-02", method="cash")).status_code == 201
    assert (await office.balance(first))["balance"] == "0.00"
    assert await treasury.totals() == {"cash": -30000, "shares": 30000}
    await office.deposit(first, "250.00")
    assert (await do(treasury, "pay", first, 2, dated="2026-03-02", method="balance")).status_code == 201
    assert (await office.balance(first))["balance"] == "50.00"
    moved = await do(treasury, "transfer", first, 4, dated="2026-04-01", to_member_id=str(second), note="inheritance")
    assert [(e["member_name"], e["subscribed"], e["paid"]) for e in moved.json()["entries"]] == [
        ("Ana", -4, -4), ("Beto", 4, 4),
    ]  # fmt: skip
    assert (await held(treasury, first), await held(treasury, second)) == ((1, 1, "100.00"), (4, 4, "400.00"))
    assert (await do(treasury, "redeem", second, 3, dated="2026-05-01", method="transfer")).status_code == 201
    assert (await office.balance(second))["balance"] == "0.00"
    assert (await do(treasury, "redeem", second, 1, dated="2026-05-02", method="balance")).status_code == 201
    assert (await office.balance(second))["balance"] == "100.00"
    assert await held(treasury, second) == (0, 0, "0.00")
    assert await treasury.totals() == {"cash": -55000, "bank": 30000, "shares": 10000}
    await check_capital(treasury)


async def test_each_share_keeps_its_value_and_the_oldest_go_first(treasury: Treasury) -> None:
    member_id = await owner(treasury, 2)
    assert (await do(treasury, "subscribe", member_id, 3, dated="2026-06-01")).status_code == 201
    assert (await do(treasury, "pay", member_id, 3, dated="2026-06-01", method="transfer")).status_code == 201
    assert await held(treasury, member_id) == (5, 5, "560.00")
    redeemed = await do(treasury, "redeem", member_id, 3, dated="2026-07-01", method="transfer")
    lots = [(entry["value"]["amount"], entry["paid"]) for entry in redeemed.json()["entries"]]
    assert lots == [("100.00", -2), ("120.00", -1)]
    found = (await treasury.get(f"/v1/members/{member_id}/shares")).json()
    assert [(lot["value"]["amount"], lot["paid"], lot["since"]) for lot in found["lots"]] == [
        ("120.00", 2, "2026-06-01")
    ]
    await check_capital(treasury)


async def test_nobody_gives_away_or_redeems_more_than_is_held_and_paid(treasury: Treasury) -> None:
    office = treasury.office
    member_id, other = await owner(treasury, 2), await office.admit()
    assert (await do(treasury, "subscribe", member_id, 5, dated="2026-03-02")).status_code == 201
    over = await do(treasury, "transfer", member_id, 3, to_member_id=str(other))
    assert refused(over, 409, "not-enough-shares", "/shares")["held"] == 2
    refused(await do(treasury, "redeem", member_id, 3, method="transfer"), 409, "not-enough-shares", "/shares")
    refused(await do(treasury, "redeem", other, 1, method="transfer"), 409, "not-enough-shares", "/shares")
    refused(await do(treasury, "pay", member_id, 6, method="cash"), 409, "nothing-to-pay", "/shares")
    refused(await do(treasury, "pay", member_id, 5, method="balance"), 409, "not-enough-funds", "/shares")
    itself = await do(treasury, "transfer", member_id, 1, to_member_id=str(member_id))
    refused(itself, 422, "to-oneself", "/to_member_id")
    stranger = await do(treasury, "transfer", member_id, 1, to_member_id=str(uuid4()))
    refused(stranger, 422, "member-unknown", "/to_member_id")
    applicant = (await office.apply()).json()["id"]
    refused(await do(treasury, "transfer", member_id, 1, to_member_id=applicant), 409, "not-a-member", "/to_member_id")
    refused(await do(treasury, "subscribe", UUID(applicant), 1), 409, "not-a-member", "/member_id")
    refused(await do(treasury, "subscribe", uuid4(), 1), 422, "member-unknown", "/member_id")
    assert await held(treasury, member_id) == (7, 2, "200.00")
    await check_capital(treasury)


@pytest.mark.parametrize(
    ("what", "changes", "problem"),
    [
        ("subscribe", {"shares": 0}, (422, "invalid", "/shares")),
        ("subscribe", {"shares": -1}, (422, "invalid", "/shares")),
        ("subscribe", {"shares": 1.5}, (422, "invalid", "/shares")),
        ("subscribe", {"shares": "2"}, (422, "invalid", "/shares")),
        ("subscribe", {"shares": 10**9}, (422, "invalid", "/shares")),
        ("subscribe", {"dated": "2025-12-31"}, (409, "no-share-value", "/dated")),
        ("subscribe", {"dated": "2100-01-01"}, (422, "booked-ahead", "/dated")),
        ("subscribe", {"dated": "yesterday"}, (422, "invalid", "/dated")),
        ("pay", {"method": "barter"}, (422, "invalid", "/method")),
        ("redeem", {"method": "card"}, (422, "invalid", "/method")),
        ("values", {"value": {"amount": "0.00", "currency": "MXN"}}, (422, "amount-not-positive", "/value/amount")),
        ("values", {"value": {"amount": "1.001", "currency": "MXN"}}, (422, "invalid", "/value")),
        ("values", {"value": {"amount": "1.00", "currency": "EUR"}}, (422, "currency-mismatch", "/value/currency")),
        ("values", {"value": {"amount": "1000000.01", "currency": "MXN"}}, (422, "value-too-large", "/value/amount")),
        ("values", {"valid_from": "2026-06-01"}, (409, "value-set", "/valid_from")),
    ],
)
async def test_what_can_not_be_is_refused_by_name(
    treasury: Treasury, what: str, changes: dict[str, Any], problem: tuple[int, str, str | None]
) -> None:
    member_id = await treasury.office.admit()
    shares = {"member_id": str(member_id), "shares": 1}
    right: dict[str, dict[str, Any]] = {
        "subscribe": shares,
        "pay": shares | {"method": "cash"},
        "redeem": shares | {"method": "cash"},
        "values": {"value": treasury.money("90.00"), "valid_from": "2026-09-01"},
    }
    refused(await treasury.post(f"/v1/shares/{what}", **right[what] | changes), *problem)
    assert await held(treasury, member_id) == (0, 0, "0.00")
    assert await treasury.totals() == {}


async def test_the_register_goes_forwards_and_not_into_a_closed_period(treasury: Treasury) -> None:
    member_id = await owner(treasury, 2, dated="2026-03-01")
    before = await do(treasury, "redeem", member_id, 1, dated="2026-02-28", method="cash")
    refused(before, 409, "register-goes-forwards", "/dated")
    await treasury.close("2026-03-31")
    closed = await do(treasury, "redeem", member_id, 1, dated="2026-03-31", method="cash")
    refused(closed, 409, "period-closed", "/dated")
    refused(await do(treasury, "subscribe", member_id, 1, dated="2026-03-31"), 409, "period-closed", "/dated")
    assert (await do(treasury, "redeem", member_id, 1, dated="2026-04-01", method="cash")).status_code == 201


async def test_a_kind_that_needs_shares_keeps_them_until_it_leaves(running: Runner, office: Office) -> None:
    async with running("members", currency="EUR", share_minimums={"enterprise": 5}) as strict:
        desk = Treasury(Office(strict, office.tokens), "EUR")
        await desk.made("/v1/shares/values", value=desk.money("60.00"), valid_from="2026-01-01")
        firm, person = await desk.office.admit(kind="enterprise"), await desk.office.admit(kind="person")
        few = await do(desk, "subscribe", firm, 4, dated="2026-03-01")
        refused(few, 409, "fewer-than-needed", "/shares")
        assert "5" in few.json()["detail"]
        assert (await do(desk, "subscribe", person, 1)).status_code == 201
        assert (await do(desk, "subscribe", firm, 6, dated="2026-03-01")).status_code == 201
        assert (await do(desk, "pay", firm, 6, dated="2026-03-01", method="transfer")).status_code == 201
        assert (await do(desk, "redeem", firm, 1, method="transfer")).status_code == 201
        refused(await do(desk, "redeem", firm, 1, method="transfer"), 409, "fewer-than-needed", "/shares")
        gone = await do(desk, "transfer", firm, 1, to_member_id=str(person))
        refused(gone, 409, "fewer-than-needed", "/shares")
        left = await strict.client.post(f"/v1/members/{firm}/leave", headers=desk.office.coordinator)
        assert left.status_code == 200, left.text
        assert (await do(desk, "redeem", firm, 5, method="transfer")).status_code == 201
        refused(await do(desk, "subscribe", firm, 5), 409, "not-a-member", "/member_id")


async def test_a_mistake_is_undone_by_an_operation_that_names_it_as_long_as_the_shares_are_there(
    treasury: Treasury,
) -> None:
    member_id = await owner(treasury, 3)
    other = await treasury.office.admit()
    moved = (await do(treasury, "transfer", member_id, 2, to_member_id=str(other))).json()
    lines = (await treasury.get("/v1/shares")).json()["items"]
    assert [one["kind"] for one in lines] == ["transferred", "paid", "subscribed"]
    paid = lines[1]

    async def undo(operation: dict[str, Any]) -> httpx.Response:
        return await treasury.post(f"/v1/shares/operations/{operation['id']}/reverse", reason="mistaken")

    refused(await undo(paid), 409, "shares-moved-on", None)
    undone = await undo(moved)
    assert (undone.status_code, undone.json()["reverses"]) == (201, moved["id"])
    refused(await undo(moved), 409, "reversed-already", None)
    refused(await undo(undone.json()), 409, "is-reversal", None)
    assert (await undo(paid)).status_code == 201
    assert await held(treasury, member_id) == (3, 0, "0.00")
    assert (await undo(lines[2])).status_code == 201
    assert await held(treasury, member_id) == (0, 0, "0.00")
    assert await treasury.totals() == {"bank": 0, "shares": 0}
    refused(await undo({"id": str(uuid4())}), 404, "operation-unknown", None)
    await check_capital(treasury)


async def test_who_owes_is_not_paid_out_but_may_pay_its_debt_with_its_shares(treasury: Treasury) -> None:
    member_id = await owner(treasury, 1)
    (_, deposit) = await treasury.office.statement(member_id)
    assert deposit["cause"] == "share"
    body = {"credit_limit": treasury.money("50.00")}
    await treasury.put(f"/v1/members/{member_id}/limits/MXN", body)
    pledge = await treasury.made("/v1/contributions", member_id=str(member_id), amount=treasury.money("50.00"))
    await treasury.made(f"/v1/contributions/{pledge['id']}/receipts", amount=treasury.money("50.00"), method="balance")
    await treasury.put(f"/v1/members/{member_id}/limits/MXN", {"credit_limit": treasury.money("0.00")})
    out = await do(treasury, "redeem", member_id, 1, method="transfer")
    refused(out, 409, "not-enough-funds", "/shares")
    assert (await do(treasury, "redeem", member_id, 1, method="balance")).status_code == 201
    assert (await treasury.office.balance(member_id))["balance"] == "50.00"
    await check_capital(treasury)


async def test_the_same_id_is_the_same_operation(treasury: Treasury) -> None:
    member_id = await owner(treasury, 3)
    other = await treasury.office.admit()
    for what, more in (
        ("subscribe", {}),
        ("pay", {"method": "cash"}),
        ("transfer", {"to_member_id": str(other)}),
        ("redeem", {"method": "cash"}),
    ):
        operation_id = str(uuid4())
        answers = [await do(treasury, what, member_id, 1, id=operation_id, **more) for _ in range(2)]
        assert [one.json()["id"] for one in answers] == [operation_id] * 2
        refused(await do(treasury, what, member_id, 2, id=operation_id, **more), 409, "id-taken", "/id")
    assert await held(treasury, member_id) == (2, 2, "220.00")


async def test_one_sees_ones_own_shares_and_the_treasurer_all(treasury: Treasury) -> None:
    office, client = treasury.office, treasury.office.piece.client
    member_id, other = await owner(treasury, 3, name="Ana"), await owner(treasury, 1, name="Beto")
    assert (await do(treasury, "transfer", member_id, 1, to_member_id=str(other))).status_code == 201
    mine = (await client.get("/v1/shares", headers=office.of(member_id))).json()["items"]
    assert {entry["member_name"] for one in mine for entry in one["entries"]} == {"Ana"}
    assert len(mine) == 3
    assert (await client.get(f"/v1/members/{member_id}/shares", headers=office.of(other))).status_code == 404
    for what in ("shares", "shares/certificate"):
        assert (await client.get(f"/v1/members/{member_id}/{what}", headers=office.of(member_id))).status_code == 200
    body = {"member_id": str(member_id), "shares": 1}
    for headers in (office.of(member_id), office.coordinator):
        assert (await client.post("/v1/shares/subscribe", json=body, headers=headers)).status_code == 403
    first = (await treasury.get("/v1/shares", limit=3)).json()
    rest = (await treasury.get("/v1/shares", limit=3, after=first["next"])).json()
    assert len({one["number"] for one in first["items"] + rest["items"]}) == 5


async def test_the_register_opens_in_a_spreadsheet(treasury: Treasury) -> None:
    member_id = await owner(treasury, 2, name="=SUM(A1)")
    assert (await do(treasury, "redeem", member_id, 1, dated="2026-03-05", method="cash")).status_code == 201
    headers = treasury.office.treasurer | {"accept": "text/csv", "accept-language": "es"}
    answer = await treasury.office.piece.client.get("/v1/shares", headers=headers)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Número", "Fecha", "Operación"]
    assert rows[1][1:] == [
        "2026-03-05", "Reembolso", rows[1][3], "'=SUM(A1)", "100", "-1", "-1", "-100.00", "",
    ]  # fmt: skip
    assert len(rows) == 4
    wrong = await treasury.office.piece.client.get("/v1/shares", headers=headers | {"accept": "image/png"})
    assert wrong.status_code == 406


async def test_a_certificate_says_what_the_register_has(treasury: Treasury) -> None:
    member_id = await owner(treasury, 2)
    answer = await treasury.get(f"/v1/members/{member_id}/shares/certificate")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")


async def unguarded(piece: Piece, member_id: UUID, to: UUID) -> bool:
    """What the register must never do: look, then write, without taking turns."""
    async with piece.database.transaction() as work:
        found = await service.holdings(work.connection, [member_id])
        await asyncio.sleep(0.02)
        if sum(one.paid for one in found) < 1:
            return False
        operation = {"id": uuid4(), "number": uuid4().hex, "from": member_id, "to": to, "day": date(2026, 3, 1)}
        await work.execute(
            text(
                "INSERT INTO share_operations (id, number, kind, member_id, to_member_id, shares, dated, note,"
                " transfers, made_at, made_by)"
                " VALUES (:id, :number, 'transferred', :from, :to, 1, :day, '', '{}', now(), :from)"
            ),
            operation,
        )
        await work.execute(
            text(
                "INSERT INTO share_entries (operation_id, place, member_id, currency, value, subscribed, paid)"
                " VALUES (:id, 0, :from, 'MXN', 10000, -1, -1), (:id, 1, :to, 'MXN', 10000, 1, 1)"
            ),
            operation,
        )
        return True


@pytest.mark.parametrize("guard", [True, False])
async def test_the_race_for_the_last_shares_is_real_without_the_constraint_and_lost_with_it(
    treasury: Treasury, piece: Piece, guard: bool
) -> None:
    member_id, other = await owner(treasury, 3), await treasury.office.admit()
    if not guard:
        async with piece.database.transaction() as work:
            await work.execute(text("ALTER TABLE share_holdings DROP CONSTRAINT ck_share_holdings_held"))
    outcomes = await asyncio.gather(*(unguarded(piece, member_id, other) for _ in range(20)), return_exceptions=True)
    unexpected = [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, IntegrityError)]
    assert unexpected == []
    if guard:
        assert outcomes.count(True) == 3
        assert await held(treasury, member_id) == (0, 0, "0.00")
    else:
        assert outcomes.count(True) > 3


async def test_of_many_who_ask_at_once_as_many_get_as_there_are(treasury: Treasury) -> None:
    member_id, other = await owner(treasury, 5), await treasury.office.admit()
    asked = [do(treasury, "transfer", member_id, 1, to_member_id=str(other)) for _ in range(6)]
    asked += [do(treasury, "redeem", member_id, 1, method="cash") for _ in range(6)]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*asked)])
    assert statuses == [201] * 5 + [409] * 7
    assert await held(treasury, member_id) == (0, 0, "0.00")
    await check_capital(treasury)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE share_holdings SET paid = 100, subscribed = 100",
        "INSERT INTO share_holdings SELECT member_id, 'MXN', 1, 1, 1, since FROM share_holdings",
        "DELETE FROM share_holdings",
        "UPDATE share_entries SET paid = 100",
        "DELETE FROM share_entries",
        "UPDATE share_operations SET shares = 100",
        "DELETE FROM share_operations",
        "UPDATE share_values SET amount = 1",
    ],
)
async def test_the_register_is_only_ever_added_to(treasury: Treasury, piece: Piece, statement: str) -> None:
    member_id = await owner(treasury, 2)
    with pytest.raises(IntegrityError):
        async with piece.database.transaction() as work:
            await work.execute(text(statement))
    assert await held(treasury, member_id) == (2, 2, "200.00")
