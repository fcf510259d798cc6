"""Statements over HTTP: taken in once, matched, booked, shown, taken back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.banking.repository import statements as rows
from members.banking.service import statements as service
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


async def test_a_statement_books_what_is_certain_proposes_what_is_likely_and_shows_the_rest(desk: Desk) -> None:
    await desk.account()
    ana, weavers = await desk.member(), await desk.member("Tejedoras de la Montaña, S. Coop.")
    dues, woven = await desk.invoice(ana), await desk.invoice(weavers, "120.00")
    taken = await desk.take(
        [
            Entry("60.00", f"Cuota {dues['number']}", account=ANAS),
            Entry("120.00", payer="TEJEDORAS DE LA MONTANA S COOP"),
            Entry("-4.50", "COMISION"),
        ],
        balances=("1000.00", "1175.50"),
    )
    assert taken["states"] == {"booked": 1, "proposed": 1, "unmatched": 1}
    assert (taken["lines"], taken["known"], taken["difference"]) == (3, 0, money("0.00", "EUR"))
    booked = await desk.line(state="booked")
    assert (booked["booked_as"], booked["member_id"], booked["booked_on"]) == ("member", str(ana), "2026-02-10")
    assert await desk.invoice_status(dues) == ("paid", "0.00")
    assert await desk.invoice_status(woven) == ("open", "120.00")
    proposed = await desk.line(state="proposed")
    (proposal,) = proposed["proposals"]
    assert (proposal["member_id"], proposal["invoice_ids"]) == (str(weavers), [woven["id"]])
    assert proposal["reasons"] == ["name", "amount"]
    assert proposal["why"] == "el nombre de la membresía está en el texto; es lo pendiente de una factura"
    assert (await desk.line(state="unmatched"))["amount"] == money("-4.50", "EUR")
    assert await desk.at_bank() == await desk.booked() == 6000
    statement_of_ana = await desk.treasury.office.statement(ana)
    assert [entry["booked_on"] for entry in statement_of_ana] == ["2026-02-10", "2026-02-10"]


async def test_a_proposal_is_booked_when_the_treasurer_says_so(desk: Desk) -> None:
    await desk.account()
    weavers = await desk.member("Tejedoras de la Montaña, S. Coop.")
    woven = await desk.invoice(weavers, "120.00")
    await desk.take([Entry("120.00", payer="TEJEDORAS DE LA MONTANA")])
    line = await desk.line()
    confirmed = await desk.say(line["id"], "confirm")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "booked")
    assert await desk.invoice_status(woven) == ("paid", "0.00")
    again = await desk.say(line["id"], "confirm")
    assert refusal(again) == (409, "nothing-proposed", None)


async def test_the_same_file_again_is_the_same_statement_and_books_nothing(desk: Desk) -> None:
    await desk.account()
    dues = await desk.invoice(await desk.member())
    first = await desk.take([Entry("60.00", dues["number"]), Entry("5.00", "otra")])
    second = await desk.take([Entry("60.00", dues["number"]), Entry("5.00", "otra")])
    assert first == second
    assert await desk.at_bank() == 6000
    assert len((await desk.treasury.get("/v1/bank-statements")).json()["items"]) == 1


async def test_a_statement_that_overlaps_brings_only_what_is_new(desk: Desk) -> None:
    await desk.account()
    dues = await desk.invoice(await desk.member(), "100.00")
    twice = Entry("20.00", f"a cuenta {dues['number']}")
    await desk.take([Entry("5.00", "otra", day="2026-02-09"), twice])
    # Paid twice in the same words on one day: the second is another payment.
    later = await desk.take([twice, twice, Entry("7.00", "nueva", day="2026-02-11")])
    assert (later["lines"], later["known"], sum(later["states"].values())) == (3, 1, 2)
    assert await desk.invoice_status(dues) == ("open", "60.00")
    assert await desk.at_bank() == await desk.booked() == 4000


async def test_who_paid_once_from_an_account_is_known_by_it(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    first, second = await desk.invoice(ana), await desk.invoice(ana, "25.00")
    await desk.take([Entry("60.00", first["number"], account=ANAS)])
    await desk.take([Entry("25.00", "cuota", account=ANAS, day="2026-02-11")])
    assert await desk.invoice_status(second) == ("paid", "0.00")


async def test_too_much_is_put_before_the_treasurer_and_what_is_over_stays_on_the_account(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    dues = await desk.invoice(ana)
    await desk.take([Entry("70.00", dues["number"])])
    line = await desk.line(state="proposed")
    assert line["proposals"][0]["reasons"] == ["reference", "too_much"]
    await desk.say(line["id"], "confirm")
    assert (await desk.treasury.office.balance(ana, "EUR"))["balance"] == "10.00"


async def test_a_file_that_lost_lines_is_told_and_books_nothing_by_itself(desk: Desk) -> None:
    await desk.account()
    dues = await desk.invoice(await desk.member())
    taken = await desk.take([Entry("60.00", dues["number"])], balances=("0.00", "90.00"))
    assert (taken["difference"], taken["states"]) == (money("30.00", "EUR"), {"proposed": 1})
    assert await desk.at_bank() == 0


async def test_nothing_is_booked_where_it_was_asked_only_to_propose(desk: Desk) -> None:
    await desk.account()
    dues = await desk.invoice(await desk.member())
    taken = await desk.take([Entry("60.00", dues["number"])], book=False)
    assert taken["states"] == {"proposed": 1}


async def test_a_line_of_a_closed_year_or_of_a_day_to_come_waits(desk: Desk) -> None:
    await desk.account()
    dues = await desk.invoice(await desk.member(), "120.00")
    closed = await desk.treasury.post("/v1/ledger/closings", {"through": "2026-01-31"})
    assert closed.status_code == 201, closed.text
    taken = await desk.take(
        [Entry("20.00", dues["number"], day="2026-01-31"), Entry("20.00", dues["number"], day="2027-01-04")]
    )
    assert taken["states"] == {"proposed": 2}
    old, new = await desk.lines()
    assert refusal(await desk.say(old["id"], "confirm"))[:2] == (409, "period-closed")
    assert refusal(await desk.say(new["id"], "confirm"))[:2] == (409, "line-to-come")
    assert await desk.at_bank() == 0


async def test_the_treasurer_says_whose_a_line_is_and_takes_it_back(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    dues = await desk.invoice(ana)
    await desk.take([Entry("60.00", "sin nombre"), Entry("33.00", "sin nombre")])
    line = await desk.line(state="unmatched")
    body: dict[str, Any] = {"member_id": str(ana), "invoice_ids": [dues["id"]]}
    matched = await desk.say(line["id"], "match", **body)
    assert (matched.status_code, matched.json()["state"]) == (200, "booked")
    assert await desk.invoice_status(dues) == ("open", "27.00")
    assert refusal(await desk.say(line["id"], "match", **body)) == (409, "line-booked", None)
    back = await desk.say(line["id"], "unmatch", reason="Era de otra")
    assert (back.json()["state"], back.json()["booked_as"]) == ("unmatched", None)
    assert await desk.invoice_status(dues) == ("open", "60.00")
    assert await desk.at_bank() == await desk.booked() == 0
    again = await desk.say(line["id"], "match", **body)
    assert again.json()["state"] == "booked"
    full = (await desk.treasury.get(f"/v1/bank-lines/{line['id']}")).json()
    assert [(fact["state"], fact["reason"]) for fact in full["history"]] == [
        ("booked", ""),
        ("unmatched", "Era de otra"),
        ("booked", ""),
    ]
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_what_is_not_dues_goes_to_the_networks_own_accounts_both_ways(desk: Desk) -> None:
    await desk.account()
    await desk.treasury.post("/v1/purposes", {"code": "training", "names": {"es": "Formación", "en": "Training"}})
    await desk.take([Entry("300.00", "Ayuntamiento"), Entry("-45.00", "Imprenta"), Entry("15.00", "Caja")])
    gift, cash, paper = sorted(await desk.lines(), key=lambda line: -float(line["amount"]["amount"]))
    assert (await desk.say(gift["id"], "match", to="contributions", text="Convenio 2026")).json()[
        "booked_as"
    ] == "network"
    assert (await desk.say(cash["id"], "match", to="cash")).status_code == 200
    spent = await desk.say(paper["id"], "match", to="uses:training", text="Carteles")
    assert spent.status_code == 200, spent.text
    assert await desk.at_bank() == await desk.booked() == 27000
    back = await desk.say(paper["id"], "unmatch", reason="Era de otro fin")
    assert back.json()["state"] == "unmatched"
    assert await desk.at_bank() == await desk.booked() == 31500
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_a_member_is_paid_out_only_what_it_has(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    await desk.take([Entry("-40.00", "Devolución a Ana")])
    line = await desk.line()
    assert refusal(await desk.say(line["id"], "match", member_id=str(ana)))[:2] == (409, "not-enough-funds-there")
    await desk.treasury.office.deposit(ana, "40.00", "EUR", method="transfer")
    assert (await desk.say(line["id"], "match", member_id=str(ana))).json()["state"] == "booked"
    assert (await desk.treasury.office.balance(ana, "EUR"))["balance"] == "0.00"


async def test_a_transfer_booked_by_hand_is_told_by_its_line_and_by_no_other(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    await desk.invoice(ana)
    paid = (await desk.pay(ana, "60.00", paid_on="2026-02-10")).json()
    async with desk.treasury.office.piece.database.reading() as connection:
        made = text("SELECT transfer_id FROM payments WHERE id = :id")
        transfer = str((await connection.execute(made, {"id": UUID(paid["id"])})).scalar_one())
    await desk.take([Entry("60.00", "Ana"), Entry("61.00", "otra"), Entry("60.00", "otra más")])
    first, second, third = sorted(await desk.lines(), key=lambda line: line["text"])
    told = await desk.say(first["id"], "match", to="transfer", transfer_id=transfer)
    assert (told.status_code, told.json()["booked_as"]) == (200, "transfer")
    assert await desk.at_bank() == await desk.booked() == 6000
    wrong = await desk.say(second["id"], "match", to="transfer", transfer_id=transfer)
    assert refusal(wrong)[:2] == (409, "transfer-other")
    taken = await desk.say(third["id"], "match", to="transfer", transfer_id=transfer)
    assert refusal(taken)[:2] == (409, "transfer-told")
    # Taken back, the transfer stays: the line only told of it.
    await desk.say(first["id"], "unmatch", reason="La otra")
    assert await desk.at_bank() == 6000


async def test_a_payment_recorded_by_hand_is_proposed_for_its_line_and_not_booked_twice(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    dues = await desk.invoice(ana)
    await desk.pay(ana, "60.00", paid_on="2026-02-09", invoice_ids=[dues["id"]])
    await desk.take([Entry("60.00", f"CUOTA {dues['number']}", payer="Ana Ortiz Peña")])
    line = await desk.line(state="proposed")
    assert line["proposals"][0]["reasons"] == ["recorded", "reference", "name"]
    told = await desk.say(line["id"], "confirm")
    assert (told.status_code, told.json()["booked_as"]) == (200, "transfer"), told.text
    assert await desk.at_bank() == await desk.booked() == 6000


async def test_what_waits_is_thought_of_again_when_more_is_known(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    taken = await desk.take([Entry("60.00", "LEO-F-2026-0001"), Entry("5.00", "otra")])
    assert taken["states"] == {"unmatched": 2}
    dues = await desk.invoice(ana)
    again = await desk.treasury.post(f"/v1/bank-statements/{taken['id']}/match", {})
    assert (again.status_code, again.json()["states"]) == (200, {"booked": 1, "unmatched": 1})
    assert await desk.invoice_status(dues) == ("paid", "0.00")
    line = await desk.line(state="booked")
    await desk.say(line["id"], "unmatch", reason="Otra vez")
    await desk.treasury.post(f"/v1/bank-statements/{taken['id']}/match", {})
    assert await desk.at_bank() == await desk.booked() == 6000
    assert (await desk.treasury.post(f"/v1/bank-statements/{uuid4()}/match", {})).status_code == 404


async def test_a_line_is_put_aside_with_a_reason(desk: Desk) -> None:
    await desk.account()
    await desk.take([Entry("60.00", "a"), Entry("61.00", "b")])
    one, other = await desk.lines()
    assert (await desk.say(one["id"], "ignore", reason="Traspaso interno")).json()["state"] == "ignored"
    assert (await desk.say(other["id"], "ignore", reason="Por error", not_ours=True)).json()["state"] == "not_ours"
    assert refusal(await desk.say(one["id"], "ignore", reason=""))[:1] == (422,)
    assert (await desk.say(one["id"], "unmatch", reason="Sí era")).json()["state"] == "unmatched"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "member-not-said", "/member_id")),
        ({"member_id": str(uuid4())}, (404, "member-unknown", None)),
        ({"to": "debits"}, (422, "debit-not-said", "/direct_debit_id")),
        ({"to": "debits", "direct_debit_id": str(uuid4())}, (404, "debit-unknown", "/direct_debit_id")),
        ({"to": "transfer"}, (422, "transfer-not-said", "/transfer_id")),
        ({"to": "transfer", "transfer_id": str(uuid4())}, (404, "transfer-unknown", "/transfer_id")),
        ({"to": "uses:nothing"}, (422, "purpose-unknown", "/to")),
        ({"to": "bank"}, (422, "target-unknown", "/to")),
        ({"to": "dues", "colour": "blue"}, (422, "invalid", "/colour")),
    ],
)
async def test_a_line_can_not_be_just_anything(
    desk: Desk, body: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    await desk.account()
    await desk.take([Entry("60.00")])
    line = await desk.line()
    assert refusal(await desk.say(line["id"], "match", **body)) == expected
    assert (await desk.line())["state"] == "unmatched"


async def test_an_applicant_or_anothers_invoice_is_refused(desk: Desk) -> None:
    await desk.account()
    ana, other = await desk.member(), await desk.member("Otra Persona")
    dues = await desk.invoice(other)
    applicant = (await desk.treasury.office.apply()).json()["id"]
    await desk.take([Entry("60.00")])
    line = await desk.line()
    refused = await desk.say(line["id"], "match", member_id=applicant)
    assert refusal(refused)[:2] == (409, "member-not-active")
    refused = await desk.say(line["id"], "match", member_id=str(ana), invoice_ids=[dues["id"]])
    assert refusal(refused) == (404, "invoice-unknown", "/invoice_ids/0")
    assert await desk.at_bank() == 0


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


async def test_only_the_treasurer_sees_the_bank(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    taken = await desk.take([Entry("60.00")])
    line = await desk.line()
    addresses = ("bank-accounts", "bank-statements", f"bank-statements/{taken['id']}", "bank-lines")
    for headers in (desk.treasury.office.of(ana), desk.treasury.office.coordinator):
        for address in (*addresses, f"bank-lines/{line['id']}"):
            assert (await desk.treasury.get(f"/v1/{address}", headers=headers)).status_code == 403
    for address in (f"bank-statements/{uuid4()}", f"bank-lines/{uuid4()}", f"bank-accounts/{uuid4()}"):
        assert (await desk.treasury.get(f"/v1/{address}")).status_code == 404


async def test_lines_are_read_page_by_page_with_a_fixed_number_of_statements(desk: Desk, piece: Piece) -> None:
    await desk.account()
    days = [f"2026-02-{1 + n % 7:02d}" for n in range(20)]
    await desk.take([Entry(f"{n}.00", f"pago {n}", day=day) for n, day in enumerate(days, start=1)])
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 6, "state": "unmatched"}
    while True:
        page = (await desk.treasury.get("/v1/bank-lines", params=query)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert len({line["id"] for line in seen}) == 20
    assert [line["booked_on"] for line in seen] == sorted(days)
    counted = []
    for limit in (1, 200):
        with piece.counted_queries() as statements:
            await desk.treasury.get("/v1/bank-lines", params={"limit": limit})
            await desk.treasury.get("/v1/bank-statements", params={"limit": limit})
        counted.append(len(statements))
    assert counted[0] == counted[1] == 4


async def test_taking_a_file_in_takes_a_fixed_number_of_statements(desk: Desk, piece: Piece) -> None:
    await desk.account()
    ana = await desk.member()
    invoices = [await desk.invoice(ana, f"{n}.00") for n in range(10, 17)]
    counted = []
    for day, some in (("2026-02-10", invoices[:2]), ("2026-02-11", invoices[2:])):
        with piece.counted_queries() as statements:
            await desk.take([Entry(one["amount"]["amount"], one["number"], day=day) for one in some])
        counted.append(len(statements))
    assert len(await desk.lines(state="booked")) == 7
    assert counted[0] == counted[1]


async def race(desk: Desk, monkeypatch: pytest.MonkeyPatch, bodies: list[bytes]) -> list[Any]:
    """Uploads at once, each of which is about to write its lines before any has committed."""
    barrier, add = asyncio.Barrier(len(bodies)), rows.add_lines

    async def together(*args: Any) -> Any:
        await barrier.wait()
        return await add(*args)

    async def once(body: bytes) -> Any:
        database, conf = desk.treasury.office.piece.database, desk.treasury.office.piece.app.state.settings
        async with database.transaction() as work:
            return await service.take(work, conf, service.Upload("camt053", body, None, True), by=uuid4())

    monkeypatch.setattr(rows, "add_lines", together)
    return await asyncio.gather(*(once(body) for body in bodies), return_exceptions=True)


async def overlapping(desk: Desk) -> tuple[dict[str, Any], list[bytes]]:
    """An invoice on which much is open, and six files that all have the same line in another order."""
    await desk.account()
    dues = await desk.invoice(await desk.member(), "600.00")
    shared = [Entry(f"{n}.00", f"{dues['number']} {n}") for n in (10, 11, 12)]
    files = [
        statement([*(shared if n % 2 else shared[::-1]), Entry("1.00", f"otra {n}")], number=str(n)) for n in range(6)
    ]
    return dues, files


async def test_files_that_race_with_the_same_lines_book_each_line_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dues, files = await overlapping(desk)
    found = await race(desk, monkeypatch, files)
    assert [one for one in found if isinstance(one, BaseException)] == []
    assert await desk.invoice_status(dues) == ("open", "567.00")
    assert await desk.at_bank() == await desk.booked() == 3300
    assert len(await desk.lines()) == 3 + 6


async def test_without_the_unique_identity_the_same_race_would_book_them_six_times(
    desk: Desk, piece: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    dues, files = await overlapping(desk)
    async with piece.database.transaction() as work:
        await work.execute(text("ALTER TABLE bank_lines DROP CONSTRAINT uq_bank_lines_account_id_identity"))
    found = await race(desk, monkeypatch, files)
    assert [one for one in found if isinstance(one, BaseException)] == []
    assert await desk.invoice_status(dues) == ("open", f"{600 - 33 * 6}.00")


async def test_a_line_and_a_payment_by_hand_that_race_for_an_invoice_do_not_lock_each_other_out(desk: Desk) -> None:
    await desk.account()
    ana = await desk.member()
    invoices = [await desk.invoice(ana, "30.00") for _ in range(4)]
    entries = [Entry("30.00", one["number"]) for one in invoices]
    by_hand = [desk.pay(ana, "30.00", invoice_ids=[one["id"]]) for one in invoices]
    answers = await asyncio.gather(desk.upload(statement(entries)), *by_hand)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert answers[0].status_code == 201
    assert [(await desk.invoice_status(one))[0] for one in invoices] == ["paid"] * 4
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_the_database_keeps_what_the_bank_said(desk: Desk, piece: Piece) -> None:
    await desk.account()
    await desk.take([Entry("60.00", "x")])
    for change in ("amount = 1", "booked_on = '2026-01-01'", "identity = 'x'"):
        with pytest.raises(Exception, match="what the bank said stays"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"UPDATE bank_lines SET {change}"))
    for table in ("bank_lines", "bank_statements", "bank_line_facts"):
        with pytest.raises(Exception, match="append-only"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(Exception, match="ck_bank_lines_booked"):
        async with piece.database.transaction() as work:
            await work.execute(text("UPDATE bank_lines SET state = 'booked'"))


ENTRIES = st.lists(
    st.builds(
        Entry,
        amount=st.integers(-9000, 15000).filter(bool).map(lambda cents: f"{cents / 100:.2f}"),
        text=st.sampled_from(
            ["", "LEO-F-2026-0001", "LEO-F-2026-0002", "Ana Ortiz Peña", "otra cosa", "LEO-2026-0001"]
        ),
        day=st.sampled_from(["2026-02-09", "2026-02-10", "2026-02-11"]),
        account=st.sampled_from(["", ANAS]),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(ENTRIES, min_size=1, max_size=3))
async def test_whatever_the_statements_what_is_booked_at_the_bank_is_what_the_booked_lines_come_to(
    desk: Desk, files: list[list[Entry]]
) -> None:
    if not (await desk.treasury.get("/v1/bank-accounts")).json()["items"]:
        await desk.account()
        ana = await desk.member()
        for amount in ("60.00", "25.00"):
            await desk.invoice(ana, amount)
    for entries in files:
        await desk.take(entries)
    assert await desk.at_bank() == await desk.booked()
    assert (await desk.treasury.office.proof())["ok"] is True
