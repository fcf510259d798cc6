"""Members pay each other, and find whom to pay."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import PaymentMade
from kit.testing.spy import Spy
from tests.members.conftest import Office
from tests.members.village import Village, happen, problem


@pytest.fixture
async def village(office: Office) -> Village:
    return Village(office, await office.admit(name="Ana Núñez"), await office.admit(name="Beto Soto"))


async def test_a_member_pays_another_in_credit_and_in_money(village: Village, spy: Spy) -> None:
    offer_id = str(uuid4())
    paid = await village.pay("20.00", offer_id=offer_id)
    assert paid.status_code == 201, paid.text
    body = paid.json()
    assert (body["payer"]["name"], body["payee"]["name"]) == ("Ana Núñez", "Beto Soto")
    assert (body["amount"], body["text"], body["offer_id"]) == (
        {"amount": "20.00", "currency": "TUMIN"},
        "two hours",
        offer_id,
    )
    assert await village.balances() == ("-20.00", "20.00")
    await village.office.deposit(village.ana, "100.00")
    assert (await village.pay("30.00", currency="MXN")).json()["offer_id"] is None
    assert await village.balances("MXN") == ("70.00", "30.00")
    entry = (await village.office.statement(village.beto, currency="TUMIN"))[0]
    assert (entry["cause"], entry["text"], entry["transfer_id"]) == ("exchange", "two hours", body["id"])
    told = await spy.next(PaymentMade, UUID(body["id"]))
    assert (told.data.payer_id, told.data.payee_id, told.data.amount.minor) == (village.ana, village.beto, 2000)
    assert (await village.office.proof())["ok"]


async def test_a_payment_is_seen_from_both_sides_and_by_the_treasurer_alone(village: Village) -> None:
    paid = (await village.pay()).json()
    stranger = await village.office.admit()
    assert (await village.get(f"exchanges/{paid['id']}", village.ana)).json() == paid
    assert (await village.get(f"exchanges/{paid['id']}", village.beto)).json() == paid
    assert problem(await village.get(f"exchanges/{paid['id']}", stranger)) == (404, "exchange-unknown", None)
    address = f"/v1/exchanges/{paid['id']}"
    assert (await village.office.piece.client.get(address, headers=village.office.treasurer)).status_code == 200
    deposit = (await village.office.deposit(village.ana, "1.00")).json()
    assert problem(await village.get(f"exchanges/{deposit['id']}", village.ana))[0] == 404


async def test_the_same_id_or_key_pays_once(village: Village) -> None:
    payment_id = str(uuid4())
    first = await village.pay("400.00", id=payment_id)
    # What is left would not suffice for a second time, and need not.
    assert (await village.pay("400.00", id=payment_id)).json() == first.json()
    assert problem(await village.pay("1.00", id=payment_id)) == (409, "id-taken", "/id")
    headers = village.office.of(village.ana) | {"idempotency-key": "k"}
    client = village.office.piece.client
    keyed = [await client.post("/v1/exchanges", json=village.body("5.00"), headers=headers) for _ in range(2)]
    assert keyed[0].json() == keyed[1].json()
    assert await village.balances() == ("-405.00", "405.00")
    deposit = (await village.office.deposit(village.ana, "1.00")).json()["id"]
    assert problem(await village.pay("1.00", currency="MXN", id=deposit)) == (409, "id-taken", "/id")


async def test_the_same_id_at_once_pays_once(village: Village) -> None:
    payment_id = str(uuid4())
    answers = await asyncio.gather(*(village.pay("300.00", id=payment_id) for _ in range(8)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, payment_id)}
    assert await village.balances() == ("-300.00", "300.00")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"payee_id": "ana"}, (422, "payer-is-payee", "/payee_id")),
        ({"payee_id": "nobody"}, (422, "member-not-found", "/payee_id")),
        ({"payee_id": "applicant"}, (422, "member-not-found", "/payee_id")),
        ({"payee_id": "leaver"}, (422, "member-not-found", "/payee_id")),
        ({"payee_id": "suspended"}, (422, "member-not-found", "/payee_id")),
        ({"payer_id": "beto", "payee_id": "ana"}, (404, "member-unknown", "/payer_id")),
        ({"payer_id": "nobody"}, (404, "member-unknown", "/payer_id")),
        ({"amount": {"amount": "0.00", "currency": "TUMIN"}}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": {"amount": "-5.00", "currency": "TUMIN"}}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": {"amount": "1.005", "currency": "MXN"}}, (422, "invalid", "/amount")),
        ({"amount": {"amount": "1.00", "currency": "EUR"}}, (422, "currency-not-used", "/amount/currency")),
        ({"amount": {"amount": "1.00", "currency": "XYZ"}}, (422, "invalid", "/amount")),
        ({"amount": {"amount": "1000000000000", "currency": "MXN"}}, (422, "invalid", "/amount/amount")),
        ({"amount": {"amount": "1.00"}}, (422, "invalid", "/amount/currency")),
        ({"amount": {"amount": "500.01", "currency": "TUMIN"}}, (409, "not-enough-funds", "/amount")),
        ({"amount": {"amount": "0.01", "currency": "MXN"}}, (409, "not-enough-funds", "/amount")),
        ({"text": "x" * 201}, (422, "invalid", "/text")),
        ({"text": "a\x00b"}, (422, "value-not-storable", None)),
        ({"id": "7"}, (422, "invalid", "/id")),
        ({"payee": "x"}, (422, "invalid", "/payee")),
    ],
)
async def test_a_payment_that_can_not_be_is_refused_by_name(
    village: Village, change: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    known = {"ana": village.ana, "beto": village.beto, "nobody": uuid4()}
    if "applicant" in change.values():
        known["applicant"] = UUID((await village.office.apply()).json()["id"])
    for name, verb in (("leaver", "leave"), ("suspended", "suspend")):
        if name in change.values():
            known[name] = await village.office.admit()
            await happen(village.office, known[name], verb)
    more = {
        field: str(known[value]) if isinstance(value, str) and value in known else value
        for field, value in change.items()
    }
    answer = await village.post("exchanges", village.ana, village.body() | more)
    assert problem(answer) == expected
    assert await village.balances() == ("0.00", "0.00")


async def test_a_payment_beyond_the_limit_says_what_is_available(village: Village) -> None:
    await village.pay("480.00")
    refused = await village.pay("20.01")
    assert problem(refused) == (409, "not-enough-funds", "/amount")
    assert refused.json()["available"] == {"amount": "20.00", "currency": "TUMIN"}
    assert "20.00 TUMIN" in refused.json()["detail"]
    assert (await village.pay("20.00")).status_code == 201


async def test_nobody_accumulates_more_than_the_ceiling_and_how_much_that_is_stays_the_payees(village: Village) -> None:
    await village.office.deposit(village.beto, "1990.00", "TUMIN")
    refused = await village.pay("10.01")
    assert problem(refused) == (409, "payee-limit", "/payee_id")
    assert "1990" not in refused.text
    assert "2000" not in refused.text
    assert "acumular" in refused.json()["detail"]
    assert (await village.pay("10.00")).status_code == 201
    assert problem(await village.office.deposit(village.beto, "0.01", "TUMIN")) == (409, "payee-limit", "/amount")


async def test_who_may_not_order_may_not_pay_but_who_is_in_arrears_is_paid(village: Village) -> None:
    await happen(village.office, village.ana, "suspend")
    refused = await village.pay()
    assert problem(refused) == (409, "payer-not-active", "/payer_id")
    assert refused.json()["standing"] == "suspended"


async def test_members_find_whom_to_pay_by_name_or_number_and_learn_nothing_more(village: Village) -> None:
    applicant = await village.office.apply(name="Ana Applicant")
    gone = await village.office.admit(name="Ana Gone")
    await happen(village.office, gone, "leave")
    found = (await village.get("payees", village.beto, q="nunez")).json()["items"]
    assert [(item["name"], item["id"]) for item in found] == [("Ana Núñez", str(village.ana))]
    assert set(found[0]) == {"id", "number", "name"}
    by_number = (await village.get("payees", village.beto, q=found[0]["number"].lower())).json()["items"]
    assert by_number == found
    assert [item["name"] for item in (await village.get("payees", village.beto, q="ANA")).json()["items"]] == [
        "Ana Núñez"
    ]
    assert (await village.get("payees", village.beto, q="%%")).json()["items"] == []
    assert problem(await village.get("payees", village.beto, q="a"))[0] == 422
    visitor = village.office.tokens.actor(roles=[])
    assert (await village.office.piece.client.get("/v1/payees?q=ana", headers=visitor)).status_code == 403
    assert applicant.status_code == 201


async def test_payees_are_found_page_by_page_with_two_statements(village: Village) -> None:
    for number in range(3):
        await village.office.admit(name=f"Casa {number}")
    seen: list[str] = []
    params: dict[str, Any] = {"q": "casa", "limit": 2}
    while True:
        with village.office.piece.counted_queries() as statements:
            page = (await village.get("payees", village.ana, **params)).json()
        assert len(statements) == 2
        seen += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert seen == ["Casa 0", "Casa 1", "Casa 2"]
