"""What the treasurer says of a line: whose it is, what it was for, that it is nothing."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.bank_desk import LEON, Desk, Entry
from tests.members.conftest import Office
from tests.members.dues import Treasury, refusal


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


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
