"""Plans: their prices, their kinds, who makes them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


async def test_a_price_holds_from_its_day_and_invoices_keep_theirs(treasury: Treasury) -> None:
    plan = await treasury.plan(starts_on="2025-01-01")
    await treasury.member("2025-01-01")
    with treasury.on("2025-05-01"):
        await treasury.run()
    address = f"/v1/dues/plans/{plan['id']}/prices"
    body = {"price": money("700.00"), "valid_from": "2026-01-01"}
    tag = (await treasury.get(f"/v1/dues/plans/{plan['id']}")).headers["etag"]
    assert (await treasury.post(address, body)).status_code == 428
    changed = await treasury.post(address, body, headers=treasury.office.treasurer | {"if-match": tag})
    assert [price["price"]["amount"] for price in changed.json()["prices"]] == ["600.00", "700.00"]
    stale = await treasury.post(address, body, headers=treasury.office.treasurer | {"if-match": tag})
    assert refusal(stale)[:2] == (412, "plan-changed")
    await treasury.run()
    amounts = {invoice["period_start"]: invoice["amount"]["amount"] for invoice in await treasury.invoices()}
    assert amounts == {"2025-01-01": "600.00", "2026-01-01": "700.00"}


async def test_a_plan_is_changed_by_who_read_it_and_ended_only_after_what_was_billed(treasury: Treasury) -> None:
    plan = await treasury.plan()
    await treasury.member("2026-01-01")
    await treasury.run()
    address = f"/v1/dues/plans/{plan['id']}"
    body = {"name": "Cuota", "kinds": ["person", "association"], "ends_on": "2026-06-30", "grace_days": 3}
    headers = treasury.office.treasurer | {"if-match": "*"}
    client = treasury.office.piece.client
    changed = await client.put(address, json=body, headers=headers)
    assert (changed.status_code, changed.headers["etag"], changed.json()["ends_on"]) == (200, '"2"', "2026-06-30")
    assert (await client.put(address, json=body, headers=treasury.office.treasurer)).status_code == 428
    rhythm = await client.put(address, json=body | {"rhythm": "monthly"}, headers=headers)
    assert refusal(rhythm) == (422, "invalid", "/rhythm")
    early = await client.put(address, json=body | {"ends_on": "2025-12-31"}, headers=headers)
    assert refusal(early) == (422, "end-before-start", "/ends_on")
    next_plan = await treasury.plan(name="Nueva", starts_on="2026-07-01", kinds=["person"])
    with treasury.on("2027-01-02"):
        report = await treasury.run()
    # What was billed by the old plan is not billed by the new one.
    assert [(line["plan_id"], line["period_start"]) for line in report["issued"]] == [(next_plan["id"], "2027-01-01")]
    billed = await client.put(
        f"/v1/dues/plans/{next_plan['id']}", json=body | {"ends_on": "2026-12-01", "kinds": []}, headers=headers
    )
    assert refusal(billed) == (409, "plan-billed-later", "/ends_on")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kinds": ["farmer"]}, (422, "invalid", "/kinds/0")),
        ({"price": money("1.005")}, (422, "invalid", "/price")),
        ({"price": money("-1.00")}, (422, "price-negative", "/price/amount")),
        ({"price": money("1.00", "USD")}, (422, "currency-not-used", "/price/currency")),
        ({"price": {"amount": 5, "currency": "MXN"}}, (422, "invalid", "/price/amount")),
        ({"rhythm": "weekly"}, (422, "invalid", "/rhythm")),
        ({"start_month": 13}, (422, "invalid", "/start_month")),
        ({"starts_on": "2026-02-30"}, (422, "invalid", "/starts_on")),
        ({"starts_on": "0001-01-01"}, (422, "invalid", "/starts_on")),
        ({"ends_on": "2025-12-31"}, (422, "end-before-start", "/ends_on")),
        ({"days_until_due": -1}, (422, "invalid", "/days_until_due")),
        ({"tax_rate": "101"}, (422, "invalid", "/tax_rate")),
        ({"texts": {"fr": "Cotisation"}}, (422, "invalid", "/texts/fr")),
        ({"colour": "red"}, (422, "invalid", "/colour")),
    ],
)
async def test_a_plan_that_can_not_be_is_refused_by_field(
    treasury: Treasury, changes: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    answer = await treasury.make_plan(**changes)
    status, problem, pointer = refusal(answer)
    assert (status, problem) == expected[:2], answer.text
    assert pointer is not None
    assert pointer.startswith(expected[2])
    assert (await treasury.get("/v1/dues/plans")).json() == []


async def test_a_kind_has_one_plan_that_repeats_and_one_that_asks_once(treasury: Treasury) -> None:
    first = await treasury.plan(kinds=["association", "person"])
    assert refusal(await treasury.make_plan(kinds=["enterprise", "person"])) == (409, "kind-served", "/kinds/1")
    await treasury.plan(kinds=["person"], rhythm="once", price=money("25.00"))
    assert refusal(await treasury.make_plan(kinds=["person"], rhythm="once"))[1] == "kind-served"
    same = await treasury.make_plan(id=first["id"], kinds=["association", "person"])
    assert (same.status_code, same.json()["id"]) == (201, first["id"])
    other = await treasury.make_plan(id=first["id"], name="Otra", kinds=[])
    assert refusal(other) == (409, "id-taken", "/id")
    await treasury.member("2026-02-01")
    report = await treasury.run()
    assert sorted(line["amount"]["amount"] for line in report["issued"]) == ["25.00", "600.00"]


async def test_only_the_treasurer_makes_plans_and_runs(treasury: Treasury) -> None:
    member_id = await treasury.member("2026-01-01")
    plan = await treasury.plan()
    for headers in (treasury.office.of(member_id), treasury.office.coordinator):
        body = {"name": "X", "kinds": [], "rhythm": "annual", "starts_on": "2026-01-01", "price": money("1.00")}
        assert (await treasury.post("/v1/dues/plans", body, headers=headers)).status_code == 403
        assert (await treasury.post("/v1/dues/runs", {}, headers=headers)).status_code == 403
        assert (await treasury.get(f"/v1/dues/plans/{plan['id']}", headers=headers)).status_code == 200
    assert (await treasury.get("/v1/dues/plans", headers={})).status_code == 401
    assert refusal(await treasury.get(f"/v1/dues/plans/{uuid4()}"))[:2] == (404, "plan-unknown")
