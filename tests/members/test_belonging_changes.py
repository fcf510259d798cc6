"""Particulars are changed by whom they concern, with a trace; numbers are nobody else's ever after."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.members import MemberChanged
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from tests.members.conftest import Office


async def patch(office: Office, member_id: UUID, headers: dict[str, str], tag: str = "*", **body: Any) -> Any:
    return await office.piece.client.patch(f"/v1/members/{member_id}", json=body, headers={**headers, "if-match": tag})


async def changes(office: Office, member_id: UUID, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await office.piece.client.get(f"/v1/members/{member_id}/changes", headers=headers)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_member_changes_its_own_particulars_and_others_are_told(office: Office, spy: Spy) -> None:
    member_id = await office.admit(phone="+52 442 123 4567")
    mine = office.of(member_id)
    read = await office.piece.client.get(f"/v1/members/{member_id}", headers=mine)
    body = {
        "name": "Familia Sol",
        "email": "sol@queretaro.example",
        "phone": None,
        "address": {"street": "Hidalgo 1", "town": "Tolimán"},
        "language": "otq",
    }
    answer = await patch(office, member_id, mine, read.headers["etag"], **body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["phone"], answer.json()["notes"]) == ("Familia Sol", None, None)
    assert answer.headers["etag"] != read.headers["etag"]
    told = await spy.next(MemberChanged, member_id)
    assert (told.data.name, told.data.email, told.data.language) == ("Familia Sol", "sol@queretaro.example", "otq")
    kept = {one["field"]: (one["before"], one["after"]) for one in await changes(office, member_id, mine)}
    assert kept["name"] == ("Familia Luna", "Familia Sol")
    assert kept["phone"] == ("+524421234567", None)
    assert kept["address"] == (None, {"street": "Hidalgo 1", "town": "Tolimán", "postal_code": None, "country": None})
    assert set(kept) == set(body)
    assert all(one["by"] for one in await changes(office, member_id, mine))
    # The same again is no change.
    again = await patch(office, member_id, mine, answer.headers["etag"], name=" Familia  Sol ")
    assert again.headers["etag"] == answer.headers["etag"]
    assert len(await changes(office, member_id, mine)) == len(kept)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "!"}, "/name"),
        ({"name": None}, "/name"),
        ({"email": "sol"}, "/email"),
        ({"email": None}, "/email"),
        ({"phone": "call me"}, "/phone"),
        ({"tax_id": "GODE561331GR8"}, "/tax_id"),
        ({"country": "1A"}, "/country"),
        ({"address": {"street": "", "town": "x"}}, "/address/street"),
        ({"address": {"street": "-", "town": "x"}}, "/address/street"),
        ({"representative": {"name": "x"}}, "/representative/document"),
        ({"language": "tlh"}, "/language"),
        ({"kind": "club"}, "/kind"),
        ({"number": "QRO 1"}, "/number"),
        ({"number": None}, "/number"),
        ({"notes": "a\x07b"}, "/notes"),
        ({"status": "active"}, "/status"),
    ],
)
async def test_what_is_wrong_with_a_change_is_named_and_nothing_is_done(
    office: Office, body: dict[str, Any], pointer: str
) -> None:
    member_id = await office.admit()
    answer = await patch(office, member_id, office.coordinator, **{"phone": "+52 442 000 0000", **body})
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await changes(office, member_id, office.coordinator) == []


async def test_a_tax_id_is_of_the_country_that_the_member_is_of(office: Office) -> None:
    member_id = await office.admit(tax_id="GODE561231GR8")
    alone = await patch(office, member_id, office.coordinator, country="ES")
    assert [error["pointer"] for error in alone.json()["errors"]] == ["/tax_id"]
    both = await patch(office, member_id, office.coordinator, country="ES", tax_id="71555101-B")
    assert both.status_code == 422
    right = await patch(office, member_id, office.coordinator, country="ES", tax_id="12345678-Z")
    assert (right.status_code, right.json()["tax_id"]) == (200, "12345678Z")


@pytest.mark.parametrize("field", ["kind", "number", "notes"])
async def test_only_a_coordinator_changes_kind_number_and_notes(office: Office, field: str) -> None:
    member_id = await office.admit()
    body = {field: {"kind": "producer", "number": "QRO-7", "notes": "Brings the keys"}[field]}
    denied = await patch(office, member_id, office.of(member_id), **body)
    assert (denied.status_code, denied.json()["errors"][0]["pointer"]) == (403, f"/{field}")
    done = await patch(office, member_id, office.coordinator, **body)
    assert (done.status_code, done.json()[field]) == (200, body[field])
    own = await changes(office, member_id, office.of(member_id))
    assert [one["field"] for one in own] == ([] if field == "notes" else [field])
    seen = await office.piece.client.get(f"/v1/members/{member_id}", headers=office.of(member_id))
    assert seen.json()["notes"] is None


@pytest.mark.parametrize("field", ["name", "tax_id"])
async def test_what_an_admitted_person_in_law_is_called_only_a_coordinator_changes(office: Office, field: str) -> None:
    body = {field: {"name": "Otra, S.C.", "tax_id": "OTR980101AB1"}[field]}
    applied = UUID((await office.apply(kind="cooperative")).json()["id"])
    assert (await patch(office, applied, office.of(applied), **body)).status_code == 200
    member_id = await office.admit(kind="cooperative")
    denied = await patch(office, member_id, office.of(member_id), **body)
    assert (denied.status_code, denied.json()["type"]) == (403, "urn:trama:problem:coordinators-only")
    assert (await patch(office, member_id, office.coordinator, **body)).status_code == 200
    family = await office.admit()
    assert (await patch(office, family, office.of(family), name="Familia Sol")).status_code == 200


async def test_two_who_change_a_member_at_once_do_not_overwrite_each_other(office: Office) -> None:
    member_id = await office.admit()
    tag = (await office.piece.client.get(f"/v1/members/{member_id}", headers=office.coordinator)).headers["etag"]
    answers = await asyncio.gather(
        *(patch(office, member_id, office.coordinator, tag, name=f"Familia {n}") for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    blind = await office.piece.client.patch(f"/v1/members/{member_id}", json={}, headers=office.coordinator)
    assert blind.status_code == 428


async def test_a_members_particulars_are_none_of_others_business(office: Office) -> None:
    member_id, other = await office.admit(), await office.admit()
    assert (await patch(office, member_id, office.of(other), name="Mine")).status_code == 404
    assert (await patch(office, member_id, office.treasurer, name="Mine")).status_code == 404
    answer = await office.piece.client.get(f"/v1/members/{member_id}/changes", headers=office.of(other))
    assert answer.status_code == 404


async def test_a_number_is_nobody_elses_ever_after_and_the_series_goes_on_after_it(office: Office) -> None:
    first, second = await office.admit(), await office.admit()
    seen = (await office.piece.client.get(f"/v1/members/{first}", headers=office.coordinator)).json()["number"]
    series = seen.rpartition("-")[0]
    assert (await patch(office, first, office.coordinator, number=f"{series}-0041")).status_code == 200
    for taken in (seen, f"{series}-0041", f" {series.lower()}-0041 "):
        answer = await patch(office, second, office.coordinator, number=taken)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:number-taken"), taken
        assert answer.json()["errors"][0]["pointer"] == "/number"
    # Its own old one it may have again.
    assert (await patch(office, first, office.coordinator, number=seen)).status_code == 200
    third = await office.admit()
    got = (await office.piece.client.get(f"/v1/members/{third}", headers=office.coordinator)).json()["number"]
    assert got == f"{series}-0042"


async def test_the_trace_can_be_emptied_but_not_rewritten(office: Office, piece: Piece) -> None:
    member_id = await office.admit()
    await patch(office, member_id, office.coordinator, name="Familia Sol")
    for change in (
        "DELETE FROM member_changes",
        "UPDATE member_changes SET after = '\"Familia Oro\"'",
        "UPDATE member_changes SET field = 'phone', before = NULL, after = NULL",
        "DELETE FROM member_numbers",
    ):
        with pytest.raises(IntegrityError):
            async with piece.database.transaction() as work:
                await work.execute(text(change))
    async with piece.database.transaction() as work:
        await work.execute(text("UPDATE member_changes SET before = NULL, after = NULL"))
    assert [one["after"] for one in await changes(office, member_id, office.coordinator)] == [None]
