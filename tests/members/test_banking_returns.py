"""What becomes of direct debits: settled, come back, collected again."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.bank_desk import ANAS, LEON, LUISS, Desk, Entry
from tests.members.collecting import COLLECT, collect, payer, read
from tests.members.conftest import Office
from tests.members.dues import Treasury, refusal


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


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
