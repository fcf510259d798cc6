"""Members pay each other, and ask to be paid."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.members import PaymentAnswered, PaymentMade, PaymentRequested
from kit.database import utc_now
from kit.jobs import run_once
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from members.exchange import repository
from members.exchange.jobs import EXPIRY
from tests.members.conftest import Office


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    body = answer.json()
    pointer = body["errors"][0].get("pointer") if "errors" in body else None
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), pointer


@dataclass(frozen=True)
class Village:
    """Two members who deal with each other; Ana may owe 500 TUMIN, Beto may have 2000."""

    office: Office
    ana: UUID
    beto: UUID

    async def post(self, path: str, who: UUID, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.office.piece.client.post(f"/v1/{path}", json=body or {}, headers=self.office.of(who))

    async def get(self, path: str, who: UUID, **params: Any) -> httpx.Response:
        return await self.office.piece.client.get(f"/v1/{path}", params=params, headers=self.office.of(who))

    def body(self, amount: str = "20.00", currency: str = "TUMIN", **more: Any) -> dict[str, Any]:
        parties = {"payer_id": str(self.ana), "payee_id": str(self.beto)}
        return {**parties, "amount": {"amount": amount, "currency": currency}, "text": "two hours", **more}

    async def pay(self, amount: str = "20.00", *, who: UUID | None = None, **more: Any) -> httpx.Response:
        return await self.post("exchanges", who or self.ana, self.body(amount, **more))

    async def ask(self, amount: str = "20.00", *, who: UUID | None = None, **more: Any) -> httpx.Response:
        return await self.post("payment-requests", who or self.beto, self.body(amount, **more))

    async def answer(self, request: httpx.Response, verb: str, who: UUID, **body: str) -> httpx.Response:
        return await self.post(f"payment-requests/{request.json()['id']}/{verb}", who, body)

    async def balances(self, currency: str = "TUMIN") -> tuple[str, str]:
        found = [await self.office.balance(member_id, currency) for member_id in (self.ana, self.beto)]
        return found[0]["balance"], found[1]["balance"]


@pytest.fixture
async def village(office: Office) -> Village:
    return Village(office, await office.admit(name="Ana Núñez"), await office.admit(name="Beto Soto"))


async def happen(office: Office, member_id: UUID, verb: str) -> None:
    answer = await office.piece.client.post(f"/v1/members/{member_id}/{verb}", headers=office.coordinator)
    assert answer.status_code == 200, answer.text


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


async def test_a_payee_asks_and_the_payer_accepts(village: Village, spy: Spy) -> None:
    asked = await village.ask("20.00")
    assert (asked.status_code, asked.json()["status"]) == (201, "open")
    request_id = UUID(asked.json()["id"])
    assert (await spy.next(PaymentRequested, request_id)).data.payer_id == village.ana
    waiting = (await village.get("payment-requests", village.ana, side="payer", status="open")).json()["items"]
    assert [(w["id"], w["payee"]["name"]) for w in waiting] == [(str(request_id), "Beto Soto")]
    assert await village.balances() == ("0.00", "0.00")
    accepted = await village.answer(asked, "accept", village.ana)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "paid")
    assert await village.balances() == ("-20.00", "20.00")
    assert (await village.get(f"exchanges/{request_id}", village.beto)).json()["amount"]["amount"] == "20.00"
    assert (await village.get("payment-requests", village.ana, side="payer", status="open")).json()["items"] == []
    answered = await spy.next(PaymentAnswered, request_id)
    assert (answered.data.status, answered.version) == ("paid", 2)
    await spy.next(PaymentMade, request_id)
    assert (await village.office.proof())["ok"]


async def test_a_request_is_answered_once(village: Village) -> None:
    endings = (
        ("accept", village.ana, "paid"),
        ("decline", village.ana, "declined"),
        ("withdraw", village.beto, "withdrawn"),
    )
    for verb, who, status in endings:
        asked = await village.ask("5.00")
        assert (await village.answer(asked, verb, who)).json()["status"] == status
        for again, by in (("accept", village.ana), ("decline", village.ana), ("withdraw", village.beto)):
            refused = await village.answer(asked, again, by)
            assert problem(refused) == (409, "request-answered", None)
            assert refused.json()["status"] == 409
    assert await village.balances() == ("-5.00", "5.00")


async def test_a_word_goes_with_a_no(village: Village) -> None:
    asked = await village.ask()
    declined = await village.answer(asked, "decline", village.ana, reason="It was one hour")
    assert declined.json()["reason"] == "It was one hour"
    seen = await village.get(f"payment-requests/{asked.json()['id']}", village.beto)
    assert (seen.json()["status"], seen.json()["reason"]) == ("declined", "It was one hour")


async def test_only_the_right_side_answers_and_strangers_see_nothing(village: Village) -> None:
    asked, stranger = await village.ask(), await village.office.admit()
    for verb, wrong in (("accept", village.beto), ("decline", village.beto), ("withdraw", village.ana)):
        assert problem(await village.answer(asked, verb, wrong)) == (403, "other-side", None)
        assert problem(await village.answer(asked, verb, stranger)) == (404, "request-unknown", None)
        nobody = await village.post(f"payment-requests/{uuid4()}/{verb}", village.ana)
        assert problem(nobody) == (404, "request-unknown", None)
    assert problem(await village.get(f"payment-requests/{asked.json()['id']}", stranger))[0] == 404
    assert (await village.get("payment-requests", stranger)).json()["items"] == []
    assert (await village.office.piece.client.get("/v1/payment-requests")).status_code == 401
    assert await village.balances() == ("0.00", "0.00")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"payer_id": "beto"}, (422, "payer-is-payee", "/payer_id")),
        ({"payer_id": "nobody"}, (422, "member-not-found", "/payer_id")),
        ({"payee_id": "ana", "payer_id": "beto"}, (404, "member-unknown", "/payee_id")),
        ({"amount": {"amount": "0", "currency": "TUMIN"}}, (422, "amount-not-positive", "/amount/amount")),
        ({"amount": {"amount": "1.005", "currency": "MXN"}}, (422, "invalid", "/amount")),
        ({"amount": {"amount": "1.00", "currency": "EUR"}}, (422, "currency-not-used", "/amount/currency")),
    ],
)
async def test_a_request_that_can_not_be_is_refused_by_name(
    village: Village, change: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    known = {"ana": village.ana, "beto": village.beto, "nobody": uuid4()}
    more = {field: str(known[value]) if isinstance(value, str) else value for field, value in change.items()}
    assert problem(await village.post("payment-requests", village.beto, village.body() | more)) == expected


async def test_the_same_id_is_the_same_request(village: Village, spy: Spy) -> None:
    request_id = str(uuid4())
    answers = await asyncio.gather(*(village.ask(id=request_id) for _ in range(5)))
    assert {(a.status_code, a.json()["id"]) for a in answers} == {(201, request_id)}
    assert problem(await village.ask("21.00", id=request_id)) == (409, "id-taken", "/id")
    await village.answer(answers[0], "accept", village.ana)
    assert (await village.ask(id=request_id)).json()["status"] == "paid"
    payment = (await village.pay()).json()["id"]
    assert problem(await village.ask(id=payment)) == (409, "id-taken", "/id")
    await spy.next(PaymentAnswered, UUID(request_id))
    assert len(spy.seen(PaymentRequested, UUID(request_id))) == 1


async def test_a_request_that_is_not_answered_in_time_expires(village: Village, piece: Piece, spy: Spy) -> None:
    asked, kept = await village.ask(), await village.ask("1.00")
    async with piece.database.transaction() as work:
        await work.execute(text("SET LOCAL session_replication_role = replica"))
        past = {"id": asked.json()["id"], "then": utc_now() - timedelta(seconds=1)}
        await work.execute(
            text(
                "UPDATE payment_requests SET asked_at = expires_at - interval '60 days', expires_at = :then WHERE id = :id"
            ),
            past,
        )
    # Even before the run that says so comes by.
    assert problem(await village.answer(asked, "accept", village.ana)) == (409, "request-expired", None)
    assert (await village.get("payment-requests", village.ana, status="expired")).json()["items"][0]["id"] == past["id"]
    assert [w["id"] for w in (await village.get("payment-requests", village.ana, status="open")).json()["items"]] == [
        kept.json()["id"]
    ]
    await run_once(piece.database, EXPIRY)
    assert (await spy.next(PaymentAnswered, UUID(past["id"]))).data.status == "expired"
    assert problem(await village.answer(asked, "withdraw", village.beto)) == (409, "request-expired", None)
    await run_once(piece.database, EXPIRY)
    assert len(spy.seen(PaymentAnswered, UUID(past["id"]))) == 1
    assert await village.balances() == ("0.00", "0.00")


async def test_a_request_that_can_not_be_paid_stays_open(village: Village) -> None:
    asked = await village.ask("500.01")
    refused = await village.answer(asked, "accept", village.ana)
    assert problem(refused) == (409, "not-enough-funds", None)
    assert refused.json()["available"] == {"amount": "500.00", "currency": "TUMIN"}
    await village.office.deposit(village.ana, "0.01", "TUMIN")
    assert (await village.answer(asked, "accept", village.ana)).json()["status"] == "paid"
    late = await village.ask("1.00")
    await happen(village.office, village.ana, "suspend")
    assert problem(await village.answer(late, "accept", village.ana)) == (409, "payer-not-active", None)


async def test_two_who_accept_at_once_pay_once_and_so_do_an_answer_and_its_opposite(village: Village) -> None:
    for verbs in (("accept",) * 6, ("accept", "decline") * 3):
        asked = await village.ask("10.00")
        answers = await asyncio.gather(*(village.answer(asked, verb, village.ana) for verb in verbs))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}
    entries = await village.office.statement(village.beto)
    assert len(entries) in (1, 2)
    assert (await village.office.proof())["ok"]


async def test_without_the_lock_of_the_request_the_transfers_own_id_still_pays_once(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await village.ask("10.00")
    locked = repository.request

    async def unlocked(*args: Any, lock: bool = False) -> Any:
        return await locked(*args)

    monkeypatch.setattr(repository, "request", unlocked)
    answers = await asyncio.gather(*(village.answer(asked, "accept", village.ana) for _ in range(6)))
    assert 200 in {answer.status_code for answer in answers}
    assert await village.balances() == ("-10.00", "10.00")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payment_requests SET amount = 1",
        "UPDATE payment_requests SET status = 'paid', answered_at = now()",
        "DELETE FROM payment_requests",
        """
        INSERT INTO payment_requests SELECT gen_random_uuid(), payee_id, payer_id, currency, amount, text, NULL,
                                            asked_at, asked_by, expires_at, 'paid', now() FROM payment_requests
        """,
    ],
)
async def test_the_database_itself_keeps_what_was_asked(village: Village, piece: Piece, statement: str) -> None:
    await village.ask()
    with pytest.raises(IntegrityError):
        async with piece.database.transaction() as work:
            await work.execute(text(statement))


async def test_requests_are_listed_newest_first_page_by_page_with_one_statement(village: Village) -> None:
    for amount in range(1, 6):
        await village.ask(f"{amount}.00")
    mine = village.body("9.00") | {"payee_id": str(village.ana), "payer_id": str(village.beto)}
    await village.post("payment-requests", village.ana, mine)
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        with village.office.piece.counted_queries() as statements:
            page = (await village.get("payment-requests", village.ana, **params)).json()
        assert len(statements) == 1
        seen += [asked["amount"]["amount"] for asked in page["items"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert seen == ["9.00", "5.00", "4.00", "3.00", "2.00", "1.00"]
    asked_of_me = (await village.get("payment-requests", village.ana, side="payee")).json()["items"]
    assert [asked["amount"]["amount"] for asked in asked_of_me] == ["9.00"]
    assert (await village.get("payment-requests", village.ana, after="WzFd")).status_code == 422


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
