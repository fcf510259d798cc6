"""Contributions, subsidies and spending, over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from kit.testing.pieces import Piece
from tests.members.conftest import Office
from tests.members.treasury import Treasury, refused

TODAY = datetime.now(ZoneInfo("America/Mexico_City")).date()


@pytest.fixture
async def treasury(office: Office) -> Treasury:
    """The treasurer's desk, with purposes to spend for."""
    desk = Treasury(office)
    await desk.purposes()
    return desk


async def test_a_purpose_is_renamed_or_retired_by_who_read_it_last(treasury: Treasury) -> None:
    read = await treasury.get("/v1/purposes/web")
    assert read.json() == {"code": "web", "names": {"es": "Web", "en": "Web pages"}, "active": True}
    change = {"names": {"es": "Sitio web", "en": "Web site"}, "active": False}
    tag = {"if-match": read.headers["etag"]}
    assert (await treasury.put("/v1/purposes/web", change)).status_code == 428
    assert (await treasury.put("/v1/purposes/web", change, **tag)).json()["active"] is False
    refused(await treasury.put("/v1/purposes/web", change, **tag), 412, "changed-meanwhile", None)
    retired = await treasury.post("/v1/spendings", **treasury.use(purpose="web"))
    refused(retired, 422, "purpose-unknown", "/purpose")
    assert "training" in retired.json()["detail"]
    again = await treasury.post("/v1/purposes", code="training", names={"es": "Formación", "en": "Training"})
    assert again.status_code == 201
    other = await treasury.post("/v1/purposes", code="training", names={"es": "Otra", "en": "Other"})
    refused(other, 409, "code-taken", "/code")
    assert (await treasury.post("/v1/purposes", code="Training!", names={"es": "x", "en": "x"})).status_code == 422


async def test_a_contribution_is_expected_then_received_in_parts_and_more_than_pledged(treasury: Treasury) -> None:
    expected = (TODAY + timedelta(days=30)).isoformat()
    given = await treasury.made(
        "/v1/contributions", giver="Librería Sandoval", amount=treasury.money("100.00"), expected_on=expected
    )
    assert (given["status"], given["giver"], given["expected_on"]) == ("pledged", "Librería Sandoval", expected)
    address = f"/v1/contributions/{given['id']}"
    numbers = []
    for amount, status in (("40.00", "partly_received"), ("60.00", "received"), ("5.00", "received")):
        receipt = await treasury.made(f"{address}/receipts", amount=treasury.money(amount), method="transfer")
        numbers.append(receipt["number"])
        assert (await treasury.get(address)).json()["status"] == status
    year = TODAY.year
    assert numbers == [f"QRO-IN-{year}-0001", f"QRO-IN-{year}-0002", f"QRO-IN-{year}-0003"]
    found = (await treasury.get(address)).json()
    assert found["received"]["amount"] == "105.00"
    assert [one["amount"]["amount"] for one in found["receipts"]] == ["40.00", "60.00", "5.00"]
    assert await treasury.totals() == {"contributions": 10500, "bank": -10500}


async def test_a_member_pledges_for_itself_and_pays_out_of_its_balance(treasury: Treasury) -> None:
    office = treasury.office
    member_id, other = await office.admit(), await office.admit()
    await office.deposit(member_id, "30.00")
    mine = office.of(member_id)
    body = {"member_id": str(member_id), "amount": treasury.money("50.00")}
    pledge = await office.piece.client.post("/v1/contributions", json=body, headers=mine)
    assert (pledge.status_code, pledge.json()["giver"]) == (201, "Familia Luna")
    address = f"/v1/contributions/{pledge.json()['id']}"

    async def pay(amount: str, method: str, headers: dict[str, str], **more: str) -> httpx.Response:
        body = {"amount": treasury.money(amount), "method": method, **more}
        return await office.piece.client.post(f"{address}/receipts", json=body, headers=headers)

    refused(await pay("30.01", "balance", mine), 409, "not-enough-funds", "/amount")
    assert (await pay("30.00", "balance", mine)).status_code == 201
    refused(await pay("20.00", "cash", mine), 403, "role-missing", None)
    refused(await pay("20.00", "balance", mine, received_on="2026-01-01"), 403, "role-missing", None)
    refused(await pay("20.00", "balance", office.of(other)), 404, "contribution-unknown", None)
    assert (await office.balance(member_id))["balance"] == "0.00"
    (entry, _) = await office.statement(member_id)
    assert (entry["cause"], entry["counterparty"]) == ("contribution", "network:contributions")
    for headers, seen in ((mine, 1), (office.of(other), 0)):
        assert len((await office.piece.client.get("/v1/contributions", headers=headers)).json()["items"]) == seen
        status = (await office.piece.client.get(address, headers=headers)).status_code
        assert status == (200 if seen else 404)
    stranger = await office.piece.client.post("/v1/contributions", json=body, headers=office.of(other))
    refused(stranger, 404, "member-unknown", None)
    withdrawn = await office.piece.client.post(f"{address}/withdraw", headers=mine)
    assert (withdrawn.json()["status"], withdrawn.json()["received"]["amount"]) == ("withdrawn", "30.00")
    refused(await office.piece.client.post(f"{address}/withdraw", headers=mine), 409, "nothing-expected", None)


async def test_who_asks_not_to_be_named_is_named_to_the_treasurer_alone(treasury: Treasury) -> None:
    office = treasury.office
    given = await treasury.made(
        "/v1/contributions", giver="Doña Inés", anonymous=True, amount=treasury.money("9.00"), note="from Inés"
    )
    assert given["giver"] == "Doña Inés"
    await treasury.made(
        f"/v1/contributions/{given['id']}/receipts", amount=treasury.money("9.00"), method="cash", note="of Inés"
    )
    for address in ("/v1/contributions", f"/v1/contributions/{given['id']}"):
        assert "Inés" in (await treasury.get(address)).text
        seen = await office.piece.client.get(address, headers=office.coordinator)
        assert seen.status_code == 200
        assert "Inés" not in seen.text


async def test_a_receipt_booked_wrongly_is_undone_by_another_unless_it_is_spent(treasury: Treasury) -> None:
    given = await treasury.made(
        "/v1/contributions", giver="Sandoval", amount=treasury.money("100.00"), purpose="training"
    )
    address = f"/v1/contributions/{given['id']}"
    receipt = await treasury.made(f"{address}/receipts", amount=treasury.money("100.00"), method="cash")
    use = treasury.use(amount="60.00", contribution_id=given["id"], paid_from="cash")
    spending = await treasury.made("/v1/spendings", **use)
    undo = f"/v1/receipts/{receipt['id']}/reverse"
    refused(await treasury.post(undo, reason="bounced"), 409, "spent-already", None)
    await treasury.made(f"/v1/spendings/{spending['id']}/reverse", reason="not delivered")
    undone = await treasury.made(undo, reason="bounced")
    assert (undone["reverses"], undone["note"]) == (receipt["id"], "bounced")
    found = (await treasury.get(address)).json()
    assert (found["received"]["amount"], found["spent"]["amount"], found["status"]) == ("0.00", "0.00", "pledged")
    assert [one["reversed"] for one in found["receipts"]] == [True, False]
    refused(await treasury.post(undo, reason="again"), 409, "reversed-already", None)
    refused(await treasury.post(f"/v1/receipts/{undone['id']}/reverse", reason="x"), 409, "is-reversal", None)
    assert await treasury.totals() == {"cash": 0, "contributions": 0, "uses-training": 0}


async def test_a_subsidy_is_received_by_instalments_and_spent_for_its_purpose_in_time(treasury: Treasury) -> None:
    granted_on, spend_by = TODAY - timedelta(days=60), TODAY - timedelta(days=1)
    subsidy = await treasury.subsidy(
        granted="1000.00",
        granted_on=granted_on.isoformat(),
        spend_by=spend_by.isoformat(),
        justify_by=(TODAY + timedelta(days=90)).isoformat(),
        instalments=[
            {"due_on": granted_on.isoformat(), "amount": treasury.money("600.00")},
            {"due_on": spend_by.isoformat(), "amount": treasury.money("400.00")},
        ],
        conditions=[{"text": "Logo on the posters", "due_on": TODAY.isoformat()}, {"text": "List of participants"}],
    )
    address = f"/v1/subsidies/{subsidy['id']}"
    assert (subsidy["left"]["amount"], subsidy["named"]) == ("1000.00", True)
    assert (await treasury.receive(subsidy["id"], "600.00")).status_code == 201
    too_much = refused(await treasury.receive(subsidy["id"], "400.01"), 409, "more-than-granted", "/amount")
    assert too_much["left"] == treasury.money("400.00")

    def use(**changes: Any) -> dict[str, Any]:
        return treasury.use(subsidy_id=subsidy["id"], spent_on=spend_by.isoformat(), **changes)

    await treasury.made("/v1/spendings", **use(amount="700.00"))
    late = await treasury.post("/v1/spendings", **use(amount="1.00", document="F-2") | {"spent_on": TODAY.isoformat()})
    refused(late, 409, "deadline-passed", "/spent_on")
    refused(await treasury.post("/v1/spendings", **use(amount="1.00", purpose="web")), 409, "other-purpose", "/purpose")
    over = await treasury.post("/v1/spendings", **use(amount="300.01", document="F-3"))
    assert refused(over, 409, "subsidy-overspent", "/amount")["left"] == treasury.money("300.00")
    found = (await treasury.get(address)).json()
    assert [found[name]["amount"] for name in ("granted", "received", "spent", "left")] == [
        "1000.00", "600.00", "700.00", "300.00",
    ]  # fmt: skip
    assert await treasury.totals() == {"bank": 10000, "subsidies": 60000, "uses-training": -70000}

    condition_id = found["conditions"][0]["id"]
    met = await treasury.post(f"{address}/conditions/{condition_id}/meet", evidence="folder 12")
    assert met.json()["conditions"][0] == {
        "id": condition_id,
        "text": "Logo on the posters",
        "due_on": TODAY.isoformat(),
        "met": True,
        "met_on": met.json()["conditions"][0]["met_on"],
        "evidence": "folder 12",
    }
    again = await treasury.post(f"{address}/conditions/{condition_id}/meet")
    refused(again, 409, "condition-as-it-is", None)
    reopened = await treasury.post(f"{address}/conditions/{condition_id}/reopen", evidence="they were torn down")
    assert reopened.json()["conditions"][0]["met"] is False
    refused(await treasury.post(f"{address}/conditions/{uuid4()}/meet"), 404, "condition-unknown", None)


async def test_a_deadline_that_the_grantor_moves_is_changed_by_who_read_it_last(treasury: Treasury) -> None:
    subsidy = await treasury.subsidy(granted="10.00", granted_on="2026-01-01", spend_by="2026-02-01")
    address = f"/v1/subsidies/{subsidy['id']}"
    use = treasury.use(amount="5.00", subsidy_id=subsidy["id"], spent_on="2026-02-02")
    refused(await treasury.post("/v1/spendings", **use), 409, "deadline-passed", "/spent_on")
    tag = {"if-match": (await treasury.get(address)).headers["etag"]}
    moved = await treasury.put(address, {"spend_by": "2026-03-01", "justify_by": "2026-04-01"}, **tag)
    assert (moved.json()["spend_by"], moved.json()["named"]) == ("2026-03-01", True)
    stale = await treasury.put(address, {"spend_by": "2027-03-01"}, **tag)
    refused(stale, 412, "changed-meanwhile", None)
    await treasury.made("/v1/spendings", **use)
    wrong = await treasury.put(
        address, {"spend_by": "2026-03-01", "justify_by": "2026-02-28"}, **{"if-match": moved.headers["etag"]}
    )
    refused(wrong, 422, "before-spent", "/justify_by")
    refused(await treasury.post(f"{address}/withdraw"), 409, "subsidy-in-use", None)
    nothing = await treasury.subsidy(granted="10.00", granted_on="2026-01-01")
    gone = await treasury.post(f"/v1/subsidies/{nothing['id']}/withdraw")
    assert gone.json()["left"]["amount"] == "0.00"
    refused(await treasury.receive(nothing["id"], "1.00"), 409, "subsidy-withdrawn", None)


async def test_an_invoice_is_booked_once_for_each_payee_until_it_is_undone(treasury: Treasury) -> None:
    use = treasury.use(document="A-17", payee="Imprenta  Moderna")
    spending = await treasury.made("/v1/spendings", **use)
    assert spending["number"] == f"QRO-EX-{TODAY.year}-0001"
    assert spending["payee"] == "Imprenta Moderna"
    twice = await treasury.post("/v1/spendings", **use | {"payee": "IMPRENTA MODERNA", "document": "a-17"})
    assert refused(twice, 409, "document-booked", "/document")["spending_id"] == spending["id"]
    await treasury.made("/v1/spendings", **use | {"payee": "Otra imprenta"})
    await treasury.made(f"/v1/spendings/{spending['id']}/reverse", reason="wrong amount")
    undo = await treasury.post(f"/v1/spendings/{spending['id']}/reverse", reason="again")
    refused(undo, 409, "reversed-already", None)
    await treasury.made("/v1/spendings", **use)
    items = (await treasury.get("/v1/spendings", purpose="training", limit=3)).json()
    assert len(items["items"]) == 3
    rest = (await treasury.get("/v1/spendings", purpose="training", after=items["next"])).json()["items"]
    assert len({one["number"] for one in items["items"] + rest}) == 4
    assert (await treasury.get("/v1/spendings", until="2020-01-01")).json()["items"] == []


async def test_the_same_id_is_the_same_thing(treasury: Treasury) -> None:
    ids = {name: str(uuid4()) for name in ("contribution", "receipt", "subsidy", "spending")}
    given = {"id": ids["contribution"], "giver": "Sandoval", "amount": treasury.money("10.00")}
    receipt = {"id": ids["receipt"], "amount": treasury.money("10.00"), "method": "cash"}
    sent = [
        ("/v1/contributions", given, {"amount": treasury.money("11.00")}),
        (f"/v1/contributions/{ids['contribution']}/receipts", receipt, {"amount": treasury.money("1.00")}),
        ("/v1/subsidies", treasury.grant(id=ids["subsidy"]), {"granted": treasury.money("7.00")}),
        ("/v1/spendings", treasury.use(id=ids["spending"]), {"amount": treasury.money("7.00")}),
    ]
    for address, body, change in sent:
        answers = [await treasury.post(address, **body) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 201]
        assert answers[0].json()["id"] == answers[1].json()["id"]
        refused(await treasury.post(address, **body | change), 409, "id-taken", "/id")
    assert await treasury.totals() == {"cash": -1000, "contributions": 1000, "uses-training": -10000, "bank": 10000}


TOMORROW = (TODAY + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("address", "changes", "problem"),
    [
        ("/v1/contributions", {"purpose": "parties"}, (422, "purpose-unknown", "/purpose")),
        ("/v1/contributions", {"amount": {"amount": "1.005", "currency": "MXN"}}, (422, "invalid", "/amount")),
        ("/v1/contributions", {"amount": {"amount": "-1.00", "currency": "MXN"}}, (422, "amount-not-positive", "/amount/amount")),
        ("/v1/contributions", {"amount": {"amount": "1.00", "currency": "EUR"}}, (422, "currency-mismatch", "/amount/currency")),
        ("/v1/contributions", {"amount": {"amount": 1, "currency": "MXN"}}, (422, "invalid", "/amount/amount")),
        ("/v1/contributions", {"giver": None}, (422, "giver-missing", "/giver")),
        ("/v1/contributions", {"giver": " \u200b "}, (422, "name-invalid", "/giver")),
        ("/v1/contributions", {"member_id": str(uuid4())}, (422, "giver-missing", "/giver")),
        ("/v1/contributions", {"giver": None, "member_id": str(uuid4())}, (404, "member-unknown", None)),
        ("/v1/contributions", {"pledged_on": TOMORROW}, (422, "booked-ahead", "/pledged_on")),
        ("/v1/contributions", {"pledged_on": "2026-02-01", "expected_on": "2026-01-31"}, (422, "before-pledged", "/expected_on")),
        ("/v1/contributions", {"pledged_on": "31/01/2026"}, (422, "invalid", "/pledged_on")),
        ("/v1/contributions", {"colour": "green"}, (422, "invalid", "/colour")),
        ("/v1/subsidies", {"purpose": "parties"}, (422, "purpose-unknown", "/purpose")),
        ("/v1/subsidies", {"granted": {"amount": "0", "currency": "MXN"}}, (422, "amount-not-positive", "/granted/amount")),
        ("/v1/subsidies", {"granted": {"amount": "5.00", "currency": "EUR"}}, (422, "currency-mismatch", "/granted/currency")),
        ("/v1/subsidies", {"granted_on": TOMORROW}, (422, "booked-ahead", "/granted_on")),
        ("/v1/subsidies", {"spend_by": "2025-12-31"}, (422, "before-granted", "/spend_by")),
        ("/v1/subsidies", {"justify_by": "2025-12-31"}, (422, "before-granted", "/justify_by")),
        ("/v1/subsidies", {"spend_by": "2026-06-01", "justify_by": "2026-05-01"}, (422, "before-spent", "/justify_by")),
        ("/v1/subsidies", {"kind": "secret"}, (422, "invalid", "/kind")),
        ("/v1/subsidies", {"instalments": [{"due_on": "2026-03-01", "amount": {"amount": "1.00", "currency": "MXN"}}]}, (422, "instalments-sum", "/instalments")),
        ("/v1/subsidies", {"instalments": [{"due_on": "2026-03-01", "amount": {"amount": "-1.00", "currency": "MXN"}}]}, (422, "amount-not-positive", "/instalments/0/amount/amount")),
        ("/v1/subsidies", {"instalments": [{"due_on": "2026-03-01", "amount": {"amount": "5000.00", "currency": "MXN"}}] * 2}, (422, "instalments-same-day", "/instalments")),
        ("/v1/spendings", {"purpose": "parties"}, (422, "purpose-unknown", "/purpose")),
        ("/v1/spendings", {"amount": {"amount": "0.00", "currency": "MXN"}}, (422, "amount-not-positive", "/amount/amount")),
        ("/v1/spendings", {"amount": {"amount": "0.001", "currency": "MXN"}}, (422, "invalid", "/amount")),
        ("/v1/spendings", {"amount": {"amount": "1.00", "currency": "TUMIN"}}, (422, "currency-mismatch", "/amount/currency")),
        ("/v1/spendings", {"spent_on": TOMORROW}, (422, "booked-ahead", "/spent_on")),
        ("/v1/spendings", {"subsidy_id": str(uuid4())}, (422, "subsidy-unknown", "/subsidy_id")),
        ("/v1/spendings", {"contribution_id": str(uuid4())}, (422, "contribution-unknown", "/contribution_id")),
        ("/v1/spendings", {"contribution_id": str(uuid4()), "subsidy_id": str(uuid4())}, (422, "two-charges", "/contribution_id")),
        ("/v1/spendings", {"paid_from": "pocket"}, (422, "invalid", "/paid_from")),
        ("/v1/spendings", {"payee": "\n"}, (422, "name-invalid", "/payee")),
        ("/v1/spendings", {"text": "a\x00b"}, (422, "value-not-storable", None)),
    ],
)  # fmt: skip
async def test_what_can_not_be_is_refused_by_name_and_nothing_is_booked(
    treasury: Treasury, address: str, changes: dict[str, Any], problem: tuple[int, str, str | None]
) -> None:
    right = {
        "/v1/contributions": {"giver": "Sandoval", "amount": treasury.money("5.00")},
        "/v1/subsidies": treasury.grant(),
        "/v1/spendings": treasury.use(),
    }
    refused(await treasury.post(address, **right[address] | changes), *problem)
    assert (await treasury.get(address)).json()["items"] == []
    assert await treasury.totals() == {}


async def test_nothing_is_charged_to_a_contribution_for_other_things_or_before_it_came(treasury: Treasury) -> None:
    free = await treasury.made("/v1/contributions", giver="Sandoval", amount=treasury.money("50.00"))
    await treasury.made(f"/v1/contributions/{free['id']}/receipts", amount=treasury.money("50.00"), method="transfer")
    general = await treasury.post("/v1/spendings", **treasury.use(contribution_id=free["id"], amount="1.00"))
    refused(general, 409, "not-earmarked", "/contribution_id")
    bound = await treasury.made("/v1/contributions", giver="S.", amount=treasury.money("50.00"), purpose="training")
    early = await treasury.post("/v1/spendings", **treasury.use(contribution_id=bound["id"], amount="1.00"))
    refused(early, 409, "contribution-overspent", "/amount")
    other = treasury.use(contribution_id=bound["id"], amount="1.00", purpose="web")
    refused(await treasury.post("/v1/spendings", **other), 409, "other-purpose", "/purpose")
    stranger = {"amount": treasury.money("1.00"), "method": "balance"}
    refused(await treasury.post(f"/v1/contributions/{bound['id']}/receipts", **stranger), 422, "no-balance", "/method")


async def test_a_closed_period_takes_no_receipt_and_no_spending(treasury: Treasury) -> None:
    given = await treasury.made("/v1/contributions", giver="S.", amount=treasury.money("5.00"), pledged_on="2026-01-10")
    subsidy = await treasury.subsidy(granted="50.00", granted_on="2026-01-10")
    await treasury.close("2026-01-31")
    receipt = {"amount": treasury.money("5.00"), "method": "cash", "received_on": "2026-01-31"}
    refused(
        await treasury.post(f"/v1/contributions/{given['id']}/receipts", **receipt),
        409,
        "period-closed",
        "/received_on",
    )
    refused(
        await treasury.post(f"/v1/subsidies/{subsidy['id']}/receipts", **receipt), 409, "period-closed", "/received_on"
    )
    spent = await treasury.post("/v1/spendings", **treasury.use(spent_on="2026-01-31"))
    refused(spent, 409, "period-closed", "/spent_on")
    open_again = receipt | {"received_on": "2026-02-01"}
    await treasury.made(f"/v1/contributions/{given['id']}/receipts", **open_again)
    # No number was lost to what was refused.
    found = (await treasury.get(f"/v1/contributions/{given['id']}")).json()
    assert found["receipts"][0]["number"] == "QRO-IN-2026-0001"


async def test_only_the_treasurer_books_and_members_see_no_invoices(office: Office, treasury: Treasury) -> None:
    member_id = await office.admit()
    subsidy = await treasury.subsidy(granted="50.00")
    sent = [
        ("/v1/purposes", {"code": "x", "names": {"es": "x", "en": "x"}}),
        ("/v1/contributions", {"giver": "S.", "amount": treasury.money("5.00")}),
        ("/v1/subsidies", treasury.grant()),
        (f"/v1/subsidies/{subsidy['id']}/receipts", {"amount": treasury.money("5.00")}),
        ("/v1/spendings", treasury.use()),
    ]
    for address, body in sent:
        for headers in (office.of(member_id), office.coordinator):
            assert (await office.piece.client.post(address, json=body, headers=headers)).status_code == 403
        assert (await office.piece.client.post(address, json=body)).status_code == 401
    for address, status in (("/v1/purposes", 200), ("/v1/subsidies", 403), ("/v1/spendings", 403)):
        assert (await office.piece.client.get(address, headers=office.of(member_id))).status_code == status


async def test_lists_are_read_with_a_fixed_number_of_statements(piece: Piece, treasury: Treasury) -> None:
    counts: dict[str, set[int]] = {}
    member_id: UUID = await treasury.office.admit()
    for _ in range(2):
        for _ in range(3):
            await treasury.subsidy(granted="5.00", conditions=[{"text": "x"}])
            await treasury.made("/v1/contributions", member_id=str(member_id), amount=treasury.money("5.00"))
            await treasury.made("/v1/spendings", **treasury.use(amount="1.00"))
        for address in ("/v1/subsidies", "/v1/contributions", "/v1/spendings"):
            with piece.counted_queries() as statements:
                await treasury.get(address)
            counts.setdefault(address, set()).add(len(statements))
    assert {address: len(found) for address, found in counts.items()} == dict.fromkeys(counts, 1)
