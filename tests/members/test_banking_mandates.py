"""Members' word that we may collect."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.members.bank_desk import ANAS, LEON, Desk
from tests.members.collecting import collect, mandate
from tests.members.conftest import Office
from tests.members.dues import Treasury, refusal


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", **LEON) as members:
        yield members


@pytest.fixture
def desk(office: Office, november: None) -> Desk:
    return Desk(Treasury(office))


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
