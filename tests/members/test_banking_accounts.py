"""Our accounts at the bank, and the files that are read as they say."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.bank_desk import ANAS, LEON, OURS, Desk, Entry, statement
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal
from tests.members.test_bank_files import sample


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"no xml", (422, "not-xml", None)),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', (422, "xml-forbidden", None)),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"/>', (422, "not-camt053", None)),
        (statement([Entry("1.00")], account=ANAS), (422, "account-not-ours", "/statements/0")),
        (
            statement([Entry("1.00")]).replace(b'"EUR"', b'"USD"'),
            (422, "currency-mismatch", "/statements/0/entries/0"),
        ),
        (
            statement([Entry("1.00")]).replace(b">1.00", b">-1.00"),
            (422, "bank-amount-invalid", "/statements/0/entries/0"),
        ),
    ],
)
async def test_a_file_that_is_no_statement_of_ours_is_refused_whole(
    desk: Desk, body: bytes, expected: tuple[int, str, str | None]
) -> None:
    await desk.account()
    assert refusal(await desk.upload(body)) == expected
    assert await desk.lines() == []


async def test_a_file_may_be_large_but_not_without_end(desk: Desk) -> None:
    await desk.account()
    body = statement([Entry(f"{n}.00", f"pago {n} {'x' * 300}") for n in range(1, 3001)])
    assert len(body) > 1_000_000
    answer = await desk.upload(body)
    assert (answer.status_code, answer.json()["statements"][0]["lines"]) == (201, 3000)
    assert (await desk.upload(b" " * 10_000_001)).status_code == 413


async def test_a_csv_is_read_as_the_account_says(desk: Desk) -> None:
    account = await desk.account()
    asked = await desk.upload(sample("spain.csv"), "csv", account_id=account["id"])
    assert refusal(asked)[:2] == (409, "mapping-missing")
    assert refusal(await desk.upload(sample("spain.csv"), "csv"))[:2] == (422, "account-not-said")
    missing = await desk.upload(sample("spain.csv"), "csv", account_id=str(uuid4()))
    assert refusal(missing)[:2] == (404, "bank-account-unknown")
    mapping = {"booked_on": "Fecha operación", "text": ["Concepto"], "amount": "Importe", "balance": "Saldo"}
    client, treasurer = desk.treasury.office.piece.client, desk.treasury.office.treasurer
    address = f"/v1/bank-accounts/{account['id']}"
    body: dict[str, Any] = {"name": "Cuenta", "mapping": mapping}
    assert (await client.put(address, json=body, headers=treasurer)).status_code == 428
    stale = await client.put(address, json=body, headers={**treasurer, "if-match": '"7"'})
    assert stale.status_code == 412
    changed = await client.put(address, json=body, headers={**treasurer, "if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    taken = await desk.upload(sample("spain.csv"), "csv", account_id=account["id"])
    assert taken.status_code == 201, taken.text
    (found,) = taken.json()["statements"]
    assert (found["lines"], found["difference"], found["opening"]) == (
        2,
        money("0.00", "EUR"),
        money("1230.70", "EUR"),
    )
    wrong = sample("spain.csv").replace(b"1.120,00", b"1,120.00")
    refused = await desk.upload(wrong, "csv", account_id=account["id"])
    assert refusal(refused) == (422, "row-amount-invalid", "/rows/5/Importe")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"number": "ES9121000418450200051333"}, (422, "iban-invalid", "/number")),
        ({"bic": "NOBIC"}, (422, "bic-invalid", "/bic")),
        ({"currency": "MXN"}, (422, "currency-not-used", "/currency")),
        ({"name": "  "}, (422, "name-invalid", "/name")),
        ({"mapping": {"booked_on": "Fecha", "text": ["x"]}}, (422, "amount-columns", "/mapping/amount")),
        ({"mapping": {"booked_on": "Fecha", "text": [], "amount": "x"}}, (422, "invalid", "/mapping/text")),
    ],
)
async def test_an_account_that_can_not_be_is_refused_by_field(
    desk: Desk, changes: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    body = {"name": "Cuenta", "number": OURS, **changes}
    assert refusal(await desk.treasury.post("/v1/bank-accounts", body)) == expected


async def test_an_account_is_there_once(desk: Desk) -> None:
    own_id = str(uuid4())
    for _ in range(2):
        assert (await desk.account(id=own_id))["id"] == own_id
    taken = await desk.treasury.post("/v1/bank-accounts", {"name": "Otra", "number": OURS})
    assert refusal(taken) == (409, "account-known", "/number")
    taken = await desk.treasury.post("/v1/bank-accounts", {"id": own_id, "name": "Otra", "number": ANAS})
    assert refusal(taken) == (409, "id-taken", "/id")
    assert len((await desk.treasury.get("/v1/bank-accounts")).json()["items"]) == 1
