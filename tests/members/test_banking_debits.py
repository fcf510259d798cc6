"""Direct debits: the file for the bank, and what is in it."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from datetime import date
from importlib.resources import files
from uuid import UUID, uuid4

import pytest
import xmlschema
from sqlalchemy import text

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.banking import pain
from members.banking.pain import Collected, Creditor
from members.banking.rules.debits import SequenceType
from tests.members.bank_desk import ANAS, LEON, LUISS, Desk
from tests.members.collecting import COLLECT, TODAY, collect, payer
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal

COLLECTED = date.fromisoformat(COLLECT)


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


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
