"""Members ask to be paid, and are answered."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

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
from tests.members.village import Village, happen, problem


@pytest.fixture
async def village(office: Office) -> Village:
    return Village(office, await office.admit(name="Ana Núñez"), await office.admit(name="Beto Soto"))


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
