"""Statements over HTTP: taken in once, matched, booked, shown."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.bank_desk import ANAS, LEON, Desk, Entry
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal


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


async def test_taking_a_file_in_takes_a_fixed_number_of_statements(desk: Desk, piece: Piece) -> None:
    await desk.account()
    ana = await desk.member()
    invoices = [await desk.invoice(ana, f"{n}.00") for n in range(9, 17)]
    # The first file opens the accounts that it books on.
    await desk.take([Entry("9.00", invoices.pop(0)["number"], day="2026-02-09")])
    counted = []
    for day, some in (("2026-02-10", invoices[:2]), ("2026-02-11", invoices[2:])):
        with piece.counted_queries() as statements:
            await desk.take([Entry(one["amount"]["amount"], one["number"], day=day) for one in some])
        counted.append(len(statements))
    assert len(await desk.lines(state="booked")) == 8
    assert counted[0] == counted[1]


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
