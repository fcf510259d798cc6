"""Direct debits: mandates, the file for the bank, and what becomes of each."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from datetime import date
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

import pytest
import xmlschema
from sqlalchemy import text

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.banking import pain
from members.banking.pain import Collected, Creditor
from members.banking.rules.debits import SequenceType
from tests.members.bank_desk import ANAS, LEON, LUISS, Desk, Entry
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal

#: A Monday; fourteen days later is one, too.
TODAY, COLLECT = "2026-03-02", "2026-03-16"
COLLECTED = date.fromisoformat(COLLECT)


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


async def mandate(desk: Desk, member_id: UUID, **changes: Any) -> Any:
    body = {"iban": ANAS, "signed_on": "2026-02-01", **changes}
    return await desk.treasury.post(f"/v1/members/{member_id}/mandates", body)


async def payer(desk: Desk, name: str, iban: str, *amounts: str) -> tuple[UUID, list[dict[str, Any]]]:
    """A member with a mandate, and its invoices."""
    member_id = await desk.member(name)
    assert (await mandate(desk, member_id, iban=iban)).status_code == 201
    return member_id, [await desk.invoice(member_id, amount) for amount in amounts]


async def collect(desk: Desk, **changes: Any) -> Any:
    with desk.treasury.on(TODAY):
        return await desk.treasury.post("/v1/direct-debits", {"collect_on": COLLECT, **changes})


async def read(desk: Desk, debit_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.treasury.get(f"/v1/direct-debits/{debit_id}")).json()
    return found


async def test_a_mandate_is_shown_in_full_to_the_treasurer_alone(desk: Desk) -> None:
    ana, other = await desk.member(), await desk.member("Otra")
    added = await mandate(desk, ana)
    assert added.status_code == 201, added.text
    body = added.json()
    assert (body["iban"], body["next_sequence"], body["used"]) == (ANAS, "FRST", 0)
    assert body["reference"].endswith("-1")
    assert body["holder"] == "Ana Ortiz Peña"
    address = f"/v1/members/{ana}/mandates"
    own = (await desk.treasury.get(address, headers=desk.treasury.office.of(ana))).json()["items"]
    assert [one["iban"] for one in own] == ["ES79 •••• 6789"]
    one = await desk.treasury.get(f"{address}/{body['id']}", headers=desk.treasury.office.of(ana))
    assert one.json()["iban"] == "ES79 •••• 6789"
    for headers in (desk.treasury.office.of(other), desk.treasury.office.coordinator):
        assert (await desk.treasury.get(address, headers=headers)).status_code == 404
    refused = await desk.treasury.post(
        address, {"iban": ANAS, "signed_on": "2026-02-01"}, headers=desk.treasury.office.of(ana)
    )
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"iban": "ES79 2100 0813 6101 2345 6780"}, (422, "iban-invalid", "/iban")),
        ({"bic": "NOBIC"}, (422, "bic-invalid", "/bic")),
        ({"signed_on": "2999-01-01"}, (422, "signed-in-future", "/signed_on")),
        ({"signed_on": "2001-01-01"}, (422, "signed-before-sepa", "/signed_on")),
        ({"reference": "a//b"}, (422, "mandate-reference-invalid", "/reference")),
        ({"use": "daily"}, (422, "invalid", "/use")),
    ],
)
async def test_a_mandate_that_can_not_be_is_refused_by_field(
    desk: Desk, changes: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    assert refusal(await mandate(desk, await desk.member(), **changes)) == expected


async def test_a_member_has_one_mandate_and_a_reference_one_mandate(desk: Desk) -> None:
    ana, luis, own_id = await desk.member(), await desk.member("Luis Soto"), str(uuid4())
    for _ in range(2):
        assert (await mandate(desk, ana, id=own_id, reference="R1")).json()["id"] == own_id
    assert refusal(await mandate(desk, ana, reference="R2")) == (409, "mandate-live", None)
    assert refusal(await mandate(desk, luis, reference="R1")) == (409, "mandate-reference-taken", "/reference")
    assert refusal(await mandate(desk, luis, id=own_id)) == (409, "id-taken", "/id")
    applicant = (await desk.treasury.office.apply()).json()["id"]
    assert refusal(await mandate(desk, applicant))[:2] == (409, "member-not-active")
    address = f"/v1/members/{ana}/mandates/{own_id}/revoke"
    stranger = await desk.treasury.post(address, {"reason": "x"}, headers=desk.treasury.office.of(luis))
    assert stranger.status_code == 404
    gone = await desk.treasury.post(address, {"reason": "Cambio de banco"}, headers=desk.treasury.office.of(ana))
    assert (gone.status_code, gone.json()["next_sequence"]) == (200, None)
    assert refusal(await desk.treasury.post(address, {"reason": "x"}))[:2] == (409, "mandate-revoked")
    assert (await mandate(desk, ana, reference="R2")).status_code == 201


async def test_a_network_without_euros_has_no_direct_debits(spy: Spy, running: Runner, tokens: Any) -> None:
    async with running("members", currency="MXN") as mexican:
        desk = Desk(Treasury(Office(mexican, tokens)))
        ana = await desk.member()
        assert refusal(await mandate(desk, ana))[:2] == (409, "direct-debit-euro")
        assert refusal(await collect(desk))[:2] == (409, "direct-debit-euro")


@pytest.mark.parametrize("name", ["creditor_id", "bank_account", "bank_bic"])
async def test_collecting_needs_to_know_who_collects(spy: Spy, running: Runner, tokens: Any, name: str) -> None:
    async with running("members", **{**LEON, name: "ES00"}) as members:
        refused = await collect(Desk(Treasury(Office(members, tokens))))
        assert refusal(refused)[:2] == (409, "creditor-not-set")
        assert f"TRAMA_{name.upper()}" in refused.json()["detail"]


def schema(form: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{form}.xsd"))


async def test_a_collection_gathers_what_is_open_into_a_file_that_banks_take(desk: Desk) -> None:
    _, (first, second) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00", "25.50")
    _, (sotos,) = await payer(desk, "Luis Soto & Hijos", LUISS, "10.00")
    without = await desk.invoice(await desk.member("Sin Mandato"), "99.00")
    made = await collect(desk)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["number"], body["total"], body["count"], body["left"]) == (
        "LEO-D-2026-0001",
        money("95.50", "EUR"),
        2,
        [],
    )
    file = await desk.treasury.get(f"/v1/direct-debits/{body['id']}/file")
    assert file.headers["content-type"] == "application/xml"
    schema("pain.008.001.02").validate(file.text)
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"}
    root = ET.fromstring(file.text)

    def texts(path: str) -> list[str | None]:
        return [found.text for found in root.findall(f".//p:{path}", space)]

    assert texts("GrpHdr/p:CtrlSum") == ["95.50"]
    assert texts("GrpHdr/p:NbOfTxs") == ["2"]
    assert texts("ReqdColltnDt") == [COLLECT]
    assert texts("SeqTp") == ["FRST"]
    assert texts("LclInstrm/p:Cd") == ["CORE"]
    assert texts("CdtrSchmeId//p:Othr/p:Id") == ["ES23ZZZ47690558N"]
    assert texts("Cdtr/p:Nm") == ["Asociacion Cooperactivas de Leon"]
    assert texts("InstdAmt") == ["85.50", "10.00"]
    assert texts("EndToEndId") == ["LEO-D-2026-0001-1", "LEO-D-2026-0001-2"]
    assert texts("DbtrAcct/p:Id/p:IBAN") == [ANAS, LUISS]
    assert texts("Dbtr/p:Nm") == ["Ana Ortiz Pena", "Luis Soto Hijos"]
    assert texts("Ustrd") == [f"{first['number']} {second['number']}", sotos["number"]]
    # The same file, however often it is asked for.
    assert (await desk.treasury.get(f"/v1/direct-debits/{body['id']}/file")).content == file.content
    assert (
        await desk.treasury.get(f"/v1/direct-debits/{body['id']}/file", headers=desk.treasury.office.coordinator)
    ).status_code == 403
    assert await desk.invoice_status(without) == ("open", "99.00")


async def test_the_members_are_told_before_in_their_language(desk: Desk, piece: Piece) -> None:
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    await collect(desk)
    async with piece.database.reading() as connection:
        rows = (
            await connection.execute(text("SELECT subject, text FROM letters WHERE subject LIKE '%cobrará%'"))
        ).all()
    (letter,) = rows
    assert (
        letter.subject.replace("\xa0", " ") == "Asociación Cooperactivas de León cobrará 60,00 € el 16 de marzo de 2026"
    )
    for part in ("Hola, Ana Ortiz Peña", "ES79 •••• 6789", "ES23ZZZ47690558N", "LEO-F-2026-0001"):
        assert part in letter.text


@pytest.mark.parametrize("form", ["pain.008.001.02", "pain.008.001.08"])
def test_both_versions_of_the_file_keep_to_their_schema_whatever_the_names(form: pain.Format) -> None:
    creditor = Creditor("Asociación «Ñandú» & Cía. <León>", LEON["bank_account"], "CAIXESBBXXX", "ES23ZZZ47690558N")
    sequences: list[tuple[str, SequenceType]] = [
        ("Ñu̱hu̱ 陳", "FRST"),
        ("x" * 200, "RCUR"),
        ("€", "FNAL"),
        ("A", "OOFF"),
    ]
    parts = [
        Collected(f"E-{n}", holder, ANAS, "", f"M-{n}", COLLECTED, sequence, 1 + n, "F " * 200)
        for n, (holder, sequence) in enumerate(sequences)
    ]
    file = pain.build(creditor, parts, COLLECTED, form)
    schema(form).validate(file.content.decode())
    assert len(set(file.batches.values())) == 4
    assert set(file.batches) == {"E-0", "E-1", "E-2", "E-3"}


def test_a_file_that_breaks_its_schema_is_not_given_out() -> None:
    creditor = Creditor("León", LEON["bank_account"], "CAIXESBBXXX", "ES23ZZZ47690558N")
    wrong = Collected("E" * 36, "Ana", ANAS, "", "M-1", COLLECTED, "FRST", 100, "F")
    with pytest.raises(pain.FileInvalid):
        pain.build(creditor, [wrong], COLLECTED, "pain.008.001.02")


async def collect_behind_its_back(piece: Piece) -> None:
    """Puts what is collected into a second collection, too, as no use case would."""
    async with piece.database.transaction() as work:
        for statement in (
            """INSERT INTO direct_debits
               SELECT gen_random_uuid(), 'AGAIN', collect_on, total, file, made_at, made_by FROM direct_debits""",
            """INSERT INTO direct_debit_items (id, debit_id, mandate_id, member_id, end_to_end_id, sequence, batch, amount,
                                               state)
               SELECT gen_random_uuid(), d.id, i.mandate_id, i.member_id, 'AGAIN-1', i.sequence, i.batch, i.amount, i.state
               FROM direct_debit_items AS i, direct_debits AS d WHERE d.number = 'AGAIN'""",
            """INSERT INTO direct_debit_invoices
               SELECT i.id, o.invoice_id, o.amount, true FROM direct_debit_invoices AS o, direct_debit_items AS i
               WHERE i.end_to_end_id = 'AGAIN-1'""",
        ):
            await work.execute(text(statement))


async def test_an_invoice_is_in_one_live_collection_at_most(desk: Desk, piece: Piece) -> None:
    _, (dues,) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    first = (await collect(desk)).json()
    again = await collect(desk)
    assert refusal(again)[:2] == (409, "nothing-to-collect")
    assert again.json()["left"] == [{"invoice_id": dues["id"], "number": dues["number"], "why": "collected_already"}]
    with pytest.raises(Exception, match="uq_direct_debit_invoices_live"):
        await collect_behind_its_back(piece)
    withdrawn = await desk.treasury.post(f"/v1/direct-debits/{first['id']}/withdraw", {})
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_on"] is not None) == (200, True)
    assert (await collect(desk)).status_code == 201


async def test_collections_that_race_take_each_invoice_once(desk: Desk) -> None:
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    await payer(desk, "Luis Soto", LUISS, "10.00")
    with desk.treasury.on(TODAY):
        answers = await asyncio.gather(
            *(desk.treasury.post("/v1/direct-debits", {"collect_on": COLLECT}) for _ in range(5))
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_the_same_id_is_the_same_collection(desk: Desk) -> None:
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    own_id = str(uuid4())
    first, second = [(await collect(desk, id=own_id)).json() for _ in range(2)]
    assert first["number"] == second["number"]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-04-03", "not-a-target-day"),
        ("2026-03-15", "not-a-target-day"),
        ("2026-03-13", "collect-too-soon"),
        ("2026-06-15", "collect-too-late"),
    ],
)
async def test_a_day_that_will_not_do_is_refused(desk: Desk, day: str, code: str) -> None:
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    assert refusal(await collect(desk, collect_on=day)) == (422, code, "/collect_on")


async def test_what_is_asked_for_and_can_not_be_collected_is_told(desk: Desk) -> None:
    _, (dues, paid) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00", "5.00")
    luis, (sotos,) = await payer(desk, "Luis Soto", LUISS, "10.00")
    bare = await desk.invoice(await desk.member("Sin Mandato"), "99.00")
    own = (await desk.treasury.get(f"/v1/members/{luis}/mandates")).json()["items"][0]
    with desk.treasury.on(TODAY):
        await desk.treasury.post(f"/v1/members/{luis}/mandates/{own['id']}/revoke", {"reason": "Ya no"})
    await desk.pay(UUID(paid["member_id"]), "5.00", invoice_ids=[paid["id"]])
    made = (await collect(desk, invoice_ids=[one["id"] for one in (dues, paid, sotos, bare)])).json()
    assert made["total"] == money("60.00", "EUR")
    assert {one["number"]: one["why"] for one in made["left"]} == {
        paid["number"]: "nothing_open",
        sotos["number"]: "no_mandate",
        bare["number"]: "no_mandate",
    }
    unknown = await collect(desk, invoice_ids=[dues["id"], str(uuid4())])
    assert refusal(unknown) == (404, "invoice-unknown", "/invoice_ids/1")


async def test_a_collection_is_settled_and_one_of_it_comes_back(desk: Desk) -> None:
    ana, (dues,) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    luis, (sotos,) = await payer(desk, "Luis Soto", LUISS, "10.00")
    made = (await collect(desk)).json()
    address = f"/v1/direct-debits/{made['id']}"
    early = await desk.treasury.post(f"{address}/settle", {"on": "2026-03-13"})
    assert refusal(early) == (422, "settled-too-soon", "/on")
    for _ in range(2):
        settled = await desk.treasury.post(f"{address}/settle", {})
        assert (settled.status_code, settled.json()["settled_on"]) == (200, COLLECT), settled.text
    assert await desk.at_bank() == 7000
    assert [(await desk.invoice_status(one))[0] for one in (dues, sotos)] == ["paid", "paid"]
    items = {item["member_id"]: item for item in (await read(desk, made["id"]))["items"]}
    body = {"reason": "AC04", "on": "2026-03-18"}
    assert refusal(await desk.treasury.post(f"{address}/items/{uuid4()}/return", body))[0] == 404
    back = await desk.treasury.post(f"{address}/items/{items[str(luis)]['id']}/return", body)
    assert back.status_code == 200, back.text
    assert (back.json()["state"], back.json()["return_reason_text"]) == ("returned", "La cuenta está cerrada")
    assert await desk.invoice_status(sotos) == ("open", "10.00")
    assert await desk.at_bank() == 6000
    again = await desk.treasury.post(f"{address}/items/{items[str(luis)]['id']}/return", body)
    assert refusal(again)[:2] == (409, "debit-wrong-state")
    # The account is closed: its mandate is over. Not enough money leaves it.
    (ended,) = (await desk.treasury.get(f"/v1/members/{luis}/mandates")).json()["items"]
    assert ended["revoked_on"] == "2026-03-18"
    body = {"reason": "AM04", "on": "2026-03-18"}
    assert (await desk.treasury.post(f"{address}/items/{items[str(ana)]['id']}/return", body)).status_code == 200
    (kept,) = (await desk.treasury.get(f"/v1/members/{ana}/mandates")).json()["items"]
    assert (kept["revoked_on"], kept["used"], kept["next_sequence"]) == (None, 1, "RCUR")
    assert refusal(await desk.treasury.post(f"{address}/withdraw", {}))[:2] == (409, "debit-under-way")
    unknown = {"reason": "XX99"}
    refused = await desk.treasury.post(f"{address}/items/{items[str(ana)]['id']}/return", unknown)
    assert refusal(refused) == (422, "return-reason-unknown", "/reason")
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_what_came_back_can_be_collected_again_and_is_recurrent_then(desk: Desk) -> None:
    ana, (dues,) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    made = (await collect(desk)).json()
    (item,) = (await read(desk, made["id"]))["items"]
    # Turned down before it was settled: the next is the first one again.
    body = {"reason": "AM04", "on": COLLECT}
    await desk.treasury.post(f"/v1/direct-debits/{made['id']}/items/{item['id']}/return", body)
    assert (await read(desk, made["id"]))["settled_on"] == COLLECT
    second = (await collect(desk)).json()
    (item,) = (await read(desk, second["id"]))["items"]
    assert (item["sequence"], item["invoices"][0]["number"]) == ("FRST", dues["number"])
    await desk.treasury.post(f"/v1/direct-debits/{second['id']}/settle", {})
    later = await desk.invoice(ana, "5.00")
    (item,) = (await read(desk, (await collect(desk)).json()["id"]))["items"]
    assert (item["sequence"], item["invoices"][0]["number"]) == ("RCUR", later["number"])


async def test_the_last_collection_is_called_the_last(desk: Desk) -> None:
    ana, _ = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    (own,) = (await desk.treasury.get(f"/v1/members/{ana}/mandates")).json()["items"]
    await desk.treasury.post(f"/v1/members/{ana}/mandates/{own['id']}/finish", {})
    (item,) = (await read(desk, (await collect(desk)).json()["id"]))["items"]
    assert item["sequence"] == "FNAL"


async def test_an_invoice_paid_meanwhile_leaves_what_is_collected_on_the_account(desk: Desk) -> None:
    ana, (dues,) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    made = (await collect(desk)).json()
    await desk.pay(ana, "60.00", invoice_ids=[dues["id"]])
    settled = await desk.treasury.post(f"/v1/direct-debits/{made['id']}/settle", {})
    assert settled.status_code == 200, settled.text
    assert (await desk.treasury.office.balance(ana, "EUR"))["balance"] == "60.00"


async def test_a_statement_settles_a_batch_and_takes_back_what_returned(desk: Desk) -> None:
    await desk.account()
    _, (dues,) = await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    _, (sotos,) = await payer(desk, "Luis Soto", LUISS, "10.00")
    made = (await collect(desk)).json()
    taken = await desk.take([Entry("70.00", f"REMESA {made['number']}", day=COLLECT)])
    assert taken["states"] == {"booked": 1}
    assert (await desk.line())["booked_as"] == "collection"
    assert (await read(desk, made["id"]))["settled_on"] == COLLECT
    assert [(await desk.invoice_status(one))[0] for one in (dues, sotos)] == ["paid", "paid"]
    back = Entry("-10.00", end_to_end=f"{made['number']}-2", day="2026-03-18", returned="MD01")
    assert (await desk.take([back]))["states"] == {"booked": 1}
    assert await desk.invoice_status(sotos) == ("open", "10.00")
    states = {item["end_to_end_id"][-1]: item["state"] for item in (await read(desk, made["id"]))["items"]}
    assert states == {"1": "paid", "2": "returned"}
    assert await desk.at_bank() == await desk.booked() == 6000
    assert (await desk.treasury.office.proof())["ok"] is True


async def test_a_line_for_each_debit_settles_them_one_by_one(desk: Desk) -> None:
    await desk.account()
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    await payer(desk, "Luis Soto", LUISS, "10.00")
    made = (await collect(desk)).json()
    await desk.take([Entry("60.00", end_to_end=f"{made['number']}-1", day=COLLECT)])
    assert (await read(desk, made["id"]))["settled_on"] is None
    await desk.take([Entry("10.00", end_to_end=f"{made['number']}-2", day="2026-03-17")])
    assert (await read(desk, made["id"]))["settled_on"] == "2026-03-17"
    assert await desk.at_bank() == await desk.booked() == 7000


async def test_what_was_settled_by_hand_is_not_booked_again_by_its_line(desk: Desk) -> None:
    await desk.account()
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    made = (await collect(desk)).json()
    await desk.treasury.post(f"/v1/direct-debits/{made['id']}/settle", {})
    taken = await desk.take([Entry("60.00", end_to_end=f"{made['number']}-1", day=COLLECT)])
    assert taken["states"] == {"booked": 1}
    assert await desk.at_bank() == await desk.booked() == 6000
    # Taken back by hand, told by its line, and booked once.
    (item,) = (await read(desk, made["id"]))["items"]
    body = {"reason": "AM04", "on": "2026-03-18"}
    await desk.treasury.post(f"/v1/direct-debits/{made['id']}/items/{item['id']}/return", body)
    await desk.take([Entry("-60.00", end_to_end=f"{made['number']}-1", day="2026-03-18", returned="AM04")])
    assert {line["booked_as"] for line in await desk.lines(state="booked")} == {"collection", "return"}
    assert await desk.at_bank() == await desk.booked() == 0


async def test_the_treasurer_says_which_collection_a_line_is(desk: Desk) -> None:
    await desk.account()
    await payer(desk, "Ana Ortiz Peña", ANAS, "60.00")
    made = (await collect(desk)).json()
    await desk.take([Entry("60.00", "ABONO", day=COLLECT), Entry("59.00", "ABONO", day=COLLECT)], book=False)
    right, wrong = sorted(await desk.lines(), key=lambda line: line["amount"]["amount"], reverse=True)
    body: dict[str, Any] = {"to": "debits", "direct_debit_id": made["id"]}
    assert refusal(await desk.say(wrong["id"], "match", **body))[:2] == (409, "debit-other-sum")
    matched = await desk.say(right["id"], "match", **body)
    assert (matched.status_code, matched.json()["booked_as"]) == (200, "collection"), matched.text
    # Taken back, the line tells of nothing; the payments stay as if settled by hand.
    await desk.say(right["id"], "unmatch", reason="Era otra")
    assert (await read(desk, made["id"]))["items"][0]["state"] == "paid"
    assert (await desk.say(right["id"], "match", **body)).json()["booked_as"] == "collection"
    assert await desk.at_bank() == await desk.booked() == 6000


async def test_collections_are_listed_with_a_fixed_number_of_statements(desk: Desk, piece: Piece) -> None:
    counted = []
    for n in range(3):
        await payer(desk, f"Persona Número {n}", ANAS, "5.00")
        assert (await collect(desk)).status_code == 201
        with piece.counted_queries() as statements:
            page = (await desk.treasury.get("/v1/direct-debits")).json()
        counted.append(len(statements))
        assert len(page["items"]) == n + 1
    assert counted == [1, 1, 1]
    assert (await desk.treasury.get(f"/v1/direct-debits/{uuid4()}")).status_code == 404
    assert (await desk.treasury.get("/v1/direct-debits", headers=desk.treasury.office.coordinator)).status_code == 403
