"""Exemptions, solidarity fees, and plans chosen for a member."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.testing.pieces import Piece
from tests.members.conftest import Office
from tests.members.dues import Treasury, money, refusal


@pytest.fixture
def treasury(office: Office, november: None) -> Treasury:
    return Treasury(office)


def exemptions(member_id: UUID) -> str:
    return f"/v1/members/{member_id}/dues-exemptions"


async def test_who_is_exempt_gets_no_invoice_and_the_run_says_so_once(treasury: Treasury) -> None:
    await treasury.plan(rhythm="quarterly", price=money("150.00"))
    member_id = await treasury.member("2026-01-01")
    body = {"since": "2026-04-01", "until": "2026-09-30", "reason": "Sin ingresos"}
    exempt = (await treasury.post(exemptions(member_id), body)).json()
    report = await treasury.run()
    assert sorted(line["period_start"] for line in report["issued"]) == ["2026-01-01", "2026-10-01"]
    assert [(line["period_start"], line["amount"], line["exemption_id"]) for line in report["exempt"]] == [
        ("2026-04-01", money("0.00"), exempt["id"]),
        ("2026-07-01", money("0.00"), exempt["id"]),
    ]
    ended = await treasury.post(f"/v1/dues/exemptions/{exempt['id']}/end", {"until": "2026-03-31"})
    assert ended.json()["until"] == "2026-03-31"
    # What was exempt is not billed backwards.
    again = await treasury.run()
    assert (again["issued"], again["exempt"], again["already"]) == ([], [], 4)


async def test_a_solidarity_fee_takes_the_place_of_the_price(treasury: Treasury) -> None:
    await treasury.plan(pro_rata="months")
    less, more = await treasury.member("2026-07-01"), await treasury.member("2026-01-01")
    for member_id, amount in ((less, "100.00"), (more, "1000.00")):
        body = {"since": "2026-01-01", "reason": "Cuota solidaria", "amount": money(amount)}
        assert (await treasury.post(exemptions(member_id), body)).status_code == 201
    report = await treasury.run()
    assert {line["member_id"]: (line["price"]["amount"], line["amount"]["amount"]) for line in report["issued"]} == {
        str(less): ("300.00", "50.00"),
        str(more): ("600.00", "1000.00"),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"since": "2026-06-30"}, (409, "overlapping", "/since")),
        ({"since": "2026-01-01"}, (409, "overlapping", "/since")),
        ({"since": "2026-01-01", "until": "2026-06-01"}, (409, "overlapping", "/since")),
        ({"since": "2026-07-01", "until": "2026-06-30"}, (422, "end-before-start", "/until")),
        ({"since": "2026-07-01", "reason": "  "}, (422, "invalid", "/reason")),
        ({"since": "2026-07-01", "amount": money("0.00")}, (422, "amount-not-positive", "/amount/amount")),
        ({"since": "2026-07-01", "amount": money("1.00", "EUR")}, (422, "currency-not-used", "/amount/currency")),
        ({"since": "2026-07-01", "amount": money("1.001")}, (422, "invalid", "/amount")),
    ],
)
async def test_an_exemption_that_can_not_be_is_refused_by_field(
    treasury: Treasury, changes: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    member_id = await treasury.member("2026-01-01")
    first = {"since": "2026-03-01", "until": "2026-06-30", "reason": "Sin ingresos"}
    assert (await treasury.post(exemptions(member_id), first)).status_code == 201
    assert refusal(await treasury.post(exemptions(member_id), {"reason": "Otra", **changes})) == expected
    assert len((await treasury.get(exemptions(member_id))).json()) == 1


async def test_exemptions_follow_each_other_and_the_same_id_is_the_same(treasury: Treasury) -> None:
    member_id, own_id = await treasury.member("2026-01-01"), str(uuid4())
    body = {"id": own_id, "since": "2026-01-01", "until": "2026-06-30", "reason": "A"}
    for _ in range(2):
        assert (await treasury.post(exemptions(member_id), body)).json()["id"] == own_id
    assert refusal(await treasury.post(exemptions(member_id), body | {"since": "2026-02-01"})) == (
        409,
        "id-taken",
        "/id",
    )
    after = {"since": "2026-07-01", "reason": "B"}
    second = (await treasury.post(exemptions(member_id), after)).json()
    address = f"/v1/dues/exemptions/{second['id']}/end"
    assert refusal(await treasury.post(address, {"until": "2026-06-29"})) == (422, "end-before-start", "/until")
    # It was never to hold, and leaves room for another.
    assert (await treasury.post(address, {"until": "2026-06-30"})).status_code == 200
    assert refusal(await treasury.post(address, {"until": "2026-06-30"}))[:2] == (409, "ended-already")
    assert (await treasury.post(exemptions(member_id), {"since": "2026-08-01", "reason": "C"})).status_code == 201
    later = f"/v1/dues/exemptions/{own_id}/end"
    assert refusal(await treasury.post(later, {"until": "2026-12-31"})) == (422, "end-not-earlier", "/until")
    unknown = await treasury.post(f"/v1/dues/exemptions/{uuid4()}/end", {"until": "2026-12-31"})
    assert refusal(unknown)[:2] == (404, "agreement-unknown")


async def test_only_the_treasurer_exempts_and_the_member_sees_its_own(treasury: Treasury) -> None:
    member_id, other = await treasury.member("2026-01-01"), await treasury.member("2026-01-01")
    body = {"since": "2026-03-01", "reason": "Sin ingresos"}
    for headers in (treasury.office.of(member_id), treasury.office.coordinator):
        assert (await treasury.post(exemptions(member_id), body, headers=headers)).status_code == 403
    await treasury.post(exemptions(member_id), body)
    mine = await treasury.get(exemptions(member_id), headers=treasury.office.of(member_id))
    assert [one["reason"] for one in mine.json()] == ["Sin ingresos"]
    assert (await treasury.get(exemptions(member_id), headers=treasury.office.of(other))).status_code == 404
    assert refusal(await treasury.post(exemptions(uuid4()), body))[:2] == (404, "member-unknown")


async def test_exemptions_that_race_do_not_overlap_nor_behind_the_services_back(
    treasury: Treasury, piece: Piece
) -> None:
    member_id = await treasury.member("2026-01-01")
    body = {"since": "2026-03-01", "reason": "Sin ingresos"}
    answers = await asyncio.gather(*(treasury.post(exemptions(member_id), body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    again = "INSERT INTO dues_exemptions (id, member_id, since, reason, made_at, made_by) "
    again += "SELECT gen_random_uuid(), member_id, '2027-01-01', reason, made_at, made_by FROM dues_exemptions"
    with pytest.raises(Exception, match="ex_dues_exemptions_one"):
        async with piece.database.transaction() as work:
            await work.execute(text(again))
    for change in ("reason = 'Otra'", "since = '2020-01-01'", "before = '2026-05-01'"):
        with pytest.raises(Exception, match="can only be ended"):
            async with piece.database.transaction() as work:
                await work.execute(text(f"UPDATE dues_exemptions SET {change}"))


async def test_a_plan_chosen_for_a_member_takes_the_place_of_its_kinds(treasury: Treasury) -> None:
    await treasury.plan(rhythm="monthly", price=money("60.00"))
    student = await treasury.plan(name="Estudiantes", kinds=[], rhythm="quarterly", price=money("30.00"))
    member_id = await treasury.member("2026-01-01")
    address = f"/v1/members/{member_id}/dues-choices"
    body = {"plan_id": student["id"], "since": "2026-04-01", "reason": "Estudia"}
    choice = (await treasury.post(address, body)).json()
    assert refusal(await treasury.post(address, body | {"since": "2026-05-01"})) == (409, "overlapping", "/since")
    await treasury.post(f"/v1/dues/choices/{choice['id']}/end", {"until": "2026-09-30"})
    report = await treasury.run(until="2026-11-01")
    amounts = sorted((line["period_start"], line["amount"]["amount"]) for line in report["issued"])
    assert amounts == [
        ("2026-01-01", "60.00"),
        ("2026-02-01", "60.00"),
        ("2026-03-01", "60.00"),
        ("2026-04-01", "30.00"),
        ("2026-07-01", "30.00"),
        ("2026-10-01", "60.00"),
        ("2026-11-01", "60.00"),
    ]
    once = await treasury.plan(name="Ingreso", kinds=[], rhythm="once")
    assert refusal(await treasury.post(address, body | {"plan_id": once["id"]})) == (422, "plan-asks-once", "/plan_id")
    assert refusal(await treasury.post(address, body | {"plan_id": str(uuid4())}))[:2] == (404, "plan-unknown")
    mine = await treasury.get(address, headers=treasury.office.of(member_id))
    assert [one["until"] for one in mine.json()] == ["2026-09-30"]
