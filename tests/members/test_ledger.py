"""Deposits, balances, statements, limits, reversals, and the ledger's own proof, over HTTP."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.language import Texts
from kit.testing.pieces import Piece
from members.ledger import rules, wording
from tests.members.conftest import Office


async def test_a_deposit_shows_in_the_balance_and_the_statement(office: Office) -> None:
    member_id = await office.admit()
    answer = await office.deposit(member_id, "500.00", note="Receipt 118")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["debit"], body["credit"], body["status"]) == ("network:cash", f"member:{member_id}", "posted")
    assert await office.balance(member_id) == {
        "balance": "500.00",
        "held": "0.00",
        "credit_limit": "0.00",
        "available": "500.00",
    }
    (entry,) = await office.statement(member_id)
    assert (entry["cause"], entry["cause_id"], entry["text"]) == ("deposit", body["id"], "Receipt 118")
    assert (entry["amount"], entry["balance"]) == (
        {"amount": "500.00", "currency": "MXN"},
        {"amount": "500.00", "currency": "MXN"},
    )
    assert entry["counterparty"] == "network:cash"


async def test_a_new_member_may_owe_the_networks_word_in_credit_and_nothing_in_money(office: Office) -> None:
    member_id = await office.admit()
    assert (await office.balance(member_id, "MXN"))["credit_limit"] == "0.00"
    assert await office.balance(member_id, "TUMIN") == {
        "balance": "0.00",
        "held": "0.00",
        "credit_limit": "500.00",
        "available": "500.00",
    }
    await office.deposit(member_id, "1.00", "TUMIN")
    assert (await office.balance(member_id, "TUMIN"))["available"] == "501.00"


@pytest.mark.parametrize(
    ("amount", "pointer"),
    [
        ({"amount": "1.005", "currency": "MXN"}, "/amount"),
        ({"amount": "0", "currency": "MXN"}, "/amount/amount"),
        ({"amount": "-5.00", "currency": "MXN"}, "/amount/amount"),
        ({"amount": 5, "currency": "MXN"}, "/amount/amount"),
        ({"amount": "5 pesos", "currency": "MXN"}, "/amount/amount"),
        ({"amount": "NaN", "currency": "MXN"}, "/amount/amount"),
        ({"amount": "1e3", "currency": "MXN"}, "/amount/amount"),
        ({"amount": "1000000000000", "currency": "MXN"}, "/amount/amount"),
        ({"amount": "5.00", "currency": "EUR"}, "/amount/currency"),
        ({"amount": "5.00", "currency": "XYZ"}, "/amount"),
        ({"amount": "5.00"}, "/amount/currency"),
    ],
)
async def test_an_amount_that_can_not_be_is_refused_by_name(
    office: Office, amount: dict[str, Any], pointer: str
) -> None:
    member_id = await office.admit()
    answer = await office.piece.client.post(
        f"/v1/members/{member_id}/deposits", json={"amount": amount, "method": "cash"}, headers=office.treasurer
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await office.statement(member_id) == []


async def test_only_the_treasurer_books(office: Office) -> None:
    member_id = await office.admit()
    body = {"amount": {"amount": "5.00", "currency": "MXN"}, "method": "cash"}
    for headers in (office.of(member_id), office.coordinator):
        answer = await office.piece.client.post(f"/v1/members/{member_id}/deposits", json=body, headers=headers)
        assert answer.status_code == 403
    assert (await office.deposit(uuid4(), "5.00")).status_code == 404
    applicant = UUID((await office.apply()).json()["id"])
    assert (await office.deposit(applicant, "5.00")).json()["type"] == "urn:trama:problem:member-not-active"


async def test_the_same_key_or_id_books_once(office: Office) -> None:
    member_id, deposit_id = await office.admit(), str(uuid4())
    body = {"amount": {"amount": "5.00", "currency": "MXN"}, "method": "cash"}
    headers = office.treasurer | {"idempotency-key": "k1"}
    address = f"/v1/members/{member_id}/deposits"
    first = await office.piece.client.post(address, json=body, headers=headers)
    second = await office.piece.client.post(address, json=body, headers=headers)
    assert first.json() == second.json()
    for _ in range(2):
        assert (await office.deposit(member_id, "7.00", id=deposit_id)).json()["id"] == deposit_id
    other = await office.deposit(member_id, "8.00", id=deposit_id)
    assert (other.status_code, other.json()["type"]) == (409, "urn:trama:problem:id-taken")
    assert (await office.balance(member_id))["balance"] == "12.00"


async def test_another_members_books_are_not_found(office: Office) -> None:
    member_id, other = await office.admit(), await office.admit()
    for what in ("statement", "balances"):
        address = f"/v1/members/{member_id}/{what}"
        assert (await office.piece.client.get(address, headers=office.of(member_id))).status_code == 200
        assert (await office.piece.client.get(address, headers=office.of(other))).status_code == 404
        assert (await office.piece.client.get(address)).status_code == 401
    assert (
        await office.piece.client.get(f"/v1/members/{uuid4()}/statement", headers=office.treasurer)
    ).status_code == 404


async def test_a_statement_is_read_page_by_page_newest_first_with_the_balance_after_each(office: Office) -> None:
    member_id = await office.admit()
    for amount in range(1, 8):
        await office.deposit(member_id, f"{amount}.00", "MXN" if amount % 2 else "TUMIN")
    seen: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = await office.piece.client.get(
            f"/v1/members/{member_id}/statement", params=params, headers=office.of(member_id)
        )
        seen += page.json()["items"]
        if page.json()["next"] is None:
            break
        params["after"] = page.json()["next"]
    assert [entry["amount"]["amount"] for entry in seen] == [f"{amount}.00" for amount in range(7, 0, -1)]
    pesos = await office.statement(member_id, currency="MXN")
    assert [entry["balance"]["amount"] for entry in pesos] == ["16.00", "9.00", "4.00", "1.00"]
    bad = await office.piece.client.get(
        f"/v1/members/{member_id}/statement", params={"after": "WyJ4Il0"}, headers=office.treasurer
    )
    assert bad.status_code == 422


async def test_a_reversal_undoes_once_and_names_what_it_undid(office: Office) -> None:
    member_id = await office.admit()
    deposit_id = (await office.deposit(member_id, "500.00")).json()["id"]
    address = f"/v1/transfers/{deposit_id}/reverse"
    undone = await office.piece.client.post(address, json={"reason": "wrong member"}, headers=office.treasurer)
    assert (undone.status_code, undone.json()["reverses"]) == (201, deposit_id)
    again = await office.piece.client.post(address, json={"reason": "once more"}, headers=office.treasurer)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:reversed-already")
    reversal, deposit = await office.statement(member_id)
    assert (reversal["amount"]["amount"], reversal["balance"]["amount"]) == ("-500.00", "0.00")
    assert (reversal["cause"], reversal["text"]) == ("reversal", "wrong member")
    assert (deposit["reversed_by"], reversal["reverses"]) == (reversal["transfer_id"], deposit_id)
    family = await office.piece.client.post(address, json={"reason": "mine"}, headers=office.of(member_id))
    assert family.status_code == 403
    unknown = await office.piece.client.post(
        f"/v1/transfers/{uuid4()}/reverse", json={"reason": "x"}, headers=office.treasurer
    )
    assert unknown.status_code == 404


async def test_a_limit_is_set_by_the_treasurer_and_who_did_stays_on_record(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    address = f"/v1/members/{member_id}/limits/MXN"
    body = {"credit_limit": {"amount": "200.00", "currency": "MXN"}}
    answer = await piece.client.put(address, json=body, headers=office.treasurer)
    assert answer.json()["available"] == {"amount": "200.00", "currency": "MXN"}
    assert (await office.balance(member_id))["credit_limit"] == "200.00"
    assert (await piece.client.put(address, json=body, headers=office.of(member_id))).status_code == 403
    for limit, pointer in (
        ({"amount": "-1.00", "currency": "MXN"}, "/credit_limit/amount"),
        ({"amount": "1.00", "currency": "TUMIN"}, "/credit_limit/currency"),
    ):
        refused = await piece.client.put(address, json={"credit_limit": limit}, headers=office.treasurer)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    unused = await piece.client.put(f"/v1/members/{member_id}/limits/EUR", json=body, headers=office.treasurer)
    assert unused.status_code == 404
    async with piece.database.reading() as connection:
        kept = (await connection.execute(text("SELECT credit_limit, by IS NOT NULL FROM limit_changes"))).all()
    assert [tuple(row) for row in kept] == [(20000, True)]


async def test_both_limits_are_set_alone_or_together(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    address = f"/v1/members/{member_id}/limits/TUMIN"

    async def put(**body: Any) -> dict[str, Any]:
        amounts = {name: value and {"amount": value, "currency": "TUMIN"} for name, value in body.items()}
        answer = await piece.client.put(address, json=amounts, headers=office.treasurer)
        found = answer.json()
        return {name: (found[name] or {}).get("amount") for name in ("credit_limit", "balance_limit", "room")}

    unopened = (await piece.client.get(f"/v1/members/{member_id}/balances", headers=office.treasurer)).json()["items"]
    assert [(item["balance_limit"] or {}).get("amount") for item in unopened] == [None, "2000.00"]
    assert await put(credit_limit="9.00") == {"credit_limit": "9.00", "balance_limit": "2000.00", "room": "2000.00"}
    assert await put(balance_limit="70.00") == {"credit_limit": "9.00", "balance_limit": "70.00", "room": "70.00"}
    assert await put(credit_limit="1.00", balance_limit=None) == {
        "credit_limit": "1.00",
        "balance_limit": None,
        "room": None,
    }
    for wrong, pointer in (("-1.00", "/balance_limit/amount"),):
        body = {"balance_limit": {"amount": wrong, "currency": "TUMIN"}}
        refused = await piece.client.put(address, json=body, headers=office.treasurer)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    other = {"balance_limit": {"amount": "1.00", "currency": "MXN"}}
    refused = await piece.client.put(address, json=other, headers=office.treasurer)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/balance_limit/currency")


async def test_a_kind_of_members_opens_with_limits_of_its_own(office: Office, piece: Piece) -> None:
    before, address = await office.admit(kind="producer"), "/v1/default-limits/producer/TUMIN"
    await office.deposit(before, "1.00", "TUMIN")
    for credit in ("50.00", "80.00"):
        body = {"credit_limit": {"amount": credit, "currency": "TUMIN"}}
        answer = await piece.client.put(address, json=body, headers=office.treasurer)
        assert (answer.status_code, answer.json()["balance_limit"]) == (200, None)
    after, household = await office.admit(kind="producer"), await office.admit()
    assert (await office.balance(after, "TUMIN"))["credit_limit"] == "80.00"
    await office.deposit(after, "9000.00", "TUMIN")
    found = [(await office.balance(m, "TUMIN"))["available"] for m in (before, after, household)]
    assert found == ["501.00", "9080.00", "500.00"]
    listed = await piece.client.get("/v1/default-limits", headers=office.treasurer)
    assert [(d["kind"], d["currency"], d["credit_limit"]["amount"]) for d in listed.json()["items"]] == [
        ("producer", "TUMIN", "80.00")
    ]
    body = {"credit_limit": {"amount": "50.00", "currency": "TUMIN"}}
    assert (await piece.client.put(address, json=body, headers=office.coordinator)).status_code == 403
    unknown = await piece.client.put("/v1/default-limits/witch/TUMIN", json=body, headers=office.treasurer)
    assert unknown.status_code == 422
    unused = await piece.client.put("/v1/default-limits/producer/EUR", json=body, headers=office.treasurer)
    assert unused.status_code == 404


async def test_the_check_says_what_it_proved(office: Office) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "500.00")
    await office.deposit(member_id, "20.00", "TUMIN")
    proof = await office.proof()
    assert (proof["ok"], proof["transfers"], proof["differences"]) == (True, 2, [])
    assert len(proof["claims"]) == 12
    assert {claim["exceptions"] for claim in proof["claims"]} == {0}
    assert "Las cuentas de cada moneda suman cero" in {claim["claim"] for claim in proof["claims"]}
    assert {c["currency"]: (c["sum"]["amount"], c["accounts"]) for c in proof["currencies"]} == {
        "MXN": ("0.00", 2),
        "TUMIN": ("0.00", 2),
    }
    refused = await office.piece.client.get("/v1/ledger/check", headers=office.of(member_id))
    assert refused.status_code == 403


async def test_the_check_finds_what_was_falsified_behind_the_ledgers_back(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await office.deposit(member_id, "500.00")
    async with piece.database.transaction() as work:
        await work.execute(text("SET LOCAL session_replication_role = replica"))
        await work.execute(
            text("UPDATE accounts SET posted = posted + 100, held = 7 WHERE member_id = :id"), {"id": member_id}
        )
        await work.execute(text("UPDATE entries SET amount = amount + 1 WHERE amount > 0"))
    proof = await office.proof()
    assert proof["ok"] is False
    assert [claim["holds"] for claim in proof["claims"]] == [False] * 6 + [True] * 6
    (difference,) = proof["differences"]
    assert difference["account"] == f"member:{member_id}"
    assert (difference["balance"]["amount"], difference["entries"]["amount"]) == ("501.00", "500.01")
    assert (difference["held"]["amount"], difference["holds"]["amount"]) == ("0.07", "0.00")


@pytest.mark.parametrize(
    ("claim", "falsify"),
    [
        (rules.ENTRIES_AS_BOOKED, "UPDATE entries SET account_id = gen_random_uuid() WHERE amount > 0"),
        (rules.LIMITS_HOLD, "UPDATE accounts SET posted = -1, credit_limit = 0, excess = 0 WHERE name IS NULL"),
        (rules.LIMITS_HOLD, "UPDATE accounts SET balance_limit = 1 WHERE name IS NULL AND posted > 0"),
        (rules.EXCESS_EXPLAINED, "UPDATE accounts SET surplus = 10 WHERE name IS NULL AND posted > 0"),
        (rules.EXCESS_EXPLAINED, "UPDATE accounts SET excess = 10 WHERE name IS NULL AND posted > 0"),
        (rules.DAYS_ARE_ENTRIES, "UPDATE transfers SET booked_on = booked_on - 1"),
        (rules.DAYS_ARE_ENTRIES, "UPDATE account_days SET came_in = came_in + 1, went_out = went_out + 1"),
        (rules.DAYS_ARE_ENTRIES, "DELETE FROM account_days"),
        (
            rules.SETTLED_HOLDS_END,
            """
            INSERT INTO transfers
                (id, debit_id, credit_id, currency, amount, status, beyond_limit, cause, cause_id, text, made_at,
                 closed_at, ended)
            SELECT gen_random_uuid(), debit_id, credit_id, currency, amount, s.status, false, 'order', id, '', made_at,
                   s.closed_at, s.ended
            FROM transfers, (VALUES ('pending', NULL, NULL), ('voided', now(), 'settled')) AS s (status, closed_at, ended)
            WHERE reverses IS NULL
            """,
        ),
        (rules.ACCOUNTS_FIT, "UPDATE transfers SET currency = 'TUMIN'"),
        (rules.ACCOUNTS_FIT, "UPDATE transfers SET credit_id = gen_random_uuid() WHERE reverses IS NULL"),
        (rules.REVERSALS_UNDO, "UPDATE transfers SET amount = amount + 1 WHERE reverses IS NOT NULL"),
    ],
)
async def test_the_check_finds_each_kind_of_falsehood(office: Office, piece: Piece, claim: str, falsify: str) -> None:
    member_id = await office.admit()
    deposit = (await office.deposit(member_id, "500.00")).json()
    await office.deposit(await office.admit(), "7.00")
    await piece.client.post(
        f"/v1/transfers/{deposit['id']}/reverse", json={"reason": "wrong"}, headers=office.treasurer
    )
    assert (await office.proof())["ok"]
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_within_limit"))
        await work.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_within_ceiling"))
        await work.execute(text("SET LOCAL session_replication_role = replica"))
        await work.execute(text(falsify))
    english = office.treasurer | {"accept-language": "en"}
    proof = (await piece.client.get("/v1/ledger/check", headers=english)).json()
    assert proof["ok"] is False
    assert claim in {found["claim"] for found in proof["claims"] if not found["holds"]}


async def test_a_statement_says_in_words_what_each_entry_is_and_with_whom(office: Office, piece: Piece) -> None:
    ana, beto = await office.admit(name="Ana"), await office.admit(name="Beto")
    await office.deposit(ana, "50.00", note="=1+1")
    body = {"payer_id": str(ana), "payee_id": str(beto), "amount": {"amount": "20.00", "currency": "MXN"}}
    assert (await piece.client.post("/v1/exchanges", json=body, headers=office.of(ana))).status_code == 201
    paid, deposit = await office.statement(ana)
    assert (paid["cause_text"], paid["counterparty_name"]) == ("Pago entre socios", "Beto")
    assert (deposit["cause_text"], deposit["counterparty_name"]) == ("Depósito", None)
    address = f"/v1/members/{ana}/statement"
    sheet = await piece.client.get(address, headers=office.of(ana) | {"accept": "text/csv"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"), newline=""))
    assert header[:3] == ["Fecha", "Concepto", "Detalle"]
    assert [row[1:7] for row in rows] == [
        ["Pago entre socios", "", "Beto", "MXN", "-20.00", "30.00"],
        ["Depósito", "'=1+1", "cash", "MXN", "50.00", "50.00"],
    ]
    english = await piece.client.get(address, headers=office.of(ana) | {"accept": "text/csv", "accept-language": "en"})
    assert english.content.decode("utf-8-sig").startswith("Date,What for")
    other = await piece.client.get(address, headers=office.of(beto) | {"accept": "text/csv"})
    assert other.status_code == 404
    assert (await piece.client.get(address, headers=office.of(ana) | {"accept": "image/png"})).status_code == 406


def test_every_cause_heading_and_claim_has_its_spanish() -> None:
    say = Texts(["members"]).say
    claims = [text for name, text in vars(rules).items() if name.isupper() and isinstance(text, str) and " " in text]
    texts = [*wording.CAUSES.values(), *wording.COLUMNS, *claims]
    assert len(claims) == 12
    assert [text for text in texts if say("es", text) == text] == []
