"""Applying, being admitted, and what comes after."""

from uuid import UUID, uuid4

import pytest

from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState
from kit.messaging.events import Event
from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.members.conftest import PASSWORD, Office


async def test_an_application_is_kept_as_applied(office: Office) -> None:
    answer = await office.apply(name="  Familia   Luna ", phone="+52 (442) 123-4567", tax_id="gode561231gr8")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["number"], body["name"]) == ("applied", None, "Familia Luna")
    assert (body["phone"], body["tax_id"], body["language"]) == ("+524421234567", "GODE561231GR8", "es")
    assert answer.headers["location"] == f"/v1/members/{body['id']}"
    assert "password" not in answer.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "club"}, "/kind"),
        ({"name": "   "}, "/name"),
        ({"name": "\t!"}, "/name"),
        ({"email": "luna at example"}, "/email"),
        ({"email": "luna@example"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "x" * 129}, "/password"),
        ({"phone": "call me"}, "/phone"),
        ({"tax_id": "GODE561331GR8"}, "/tax_id"),
        ({"language": "tlh"}, "/language"),
        ({"id": "one"}, "/id"),
        ({"vip": True}, "/vip"),
    ],
)
async def test_what_is_wrong_with_an_application_is_named(
    office: Office, change: dict[str, object], pointer: str
) -> None:
    answer = await office.apply(**change)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_the_same_id_is_the_same_application_and_another_one_is_refused(office: Office) -> None:
    mine = {"id": str(uuid4()), "email": "luna@queretaro.example"}
    first, second = await office.apply(**mine), await office.apply(**mine)
    assert (second.status_code, second.json()) == (201, first.json())
    other = await office.apply(id=mine["id"], email="sol@queretaro.example")
    guess = await office.apply(**mine, password="not the password")
    assert (other.status_code, guess.status_code) == (409, 409)


async def test_admission_gives_a_number_that_nobody_else_gets(office: Office, spy: Spy) -> None:
    answers = []
    for _ in range(3):
        member_id = (await office.apply()).json()["id"]
        admitted = await office.piece.client.post(f"/v1/members/{member_id}/admit", headers=office.coordinator)
        answers.append(admitted.json())
    year = answers[0]["number"].split("-")[1]
    assert [member["number"] for member in answers] == [f"QRO-{year}-000{n}" for n in (1, 2, 3)]
    assert {member["status"] for member in answers} == {"active"}
    event = await spy.next(MemberAdmitted, UUID(answers[0]["id"]))
    assert (event.data.status, event.data.number, event.version) == ("active", answers[0]["number"], 2)


async def test_a_family_can_not_admit_and_strangers_can_not_ask(office: Office, piece: Piece) -> None:
    member_id = UUID((await office.apply()).json()["id"])
    address = f"/v1/members/{member_id}/admit"
    assert (await piece.client.post(address, headers=office.of(member_id))).status_code == 403
    assert (await piece.client.post(address)).status_code == 401
    assert (await piece.client.post(f"/v1/members/{uuid4()}/admit", headers=office.coordinator)).status_code == 404


async def test_nobody_is_admitted_twice(office: Office) -> None:
    member_id = await office.admit()
    again = await office.piece.client.post(f"/v1/members/{member_id}/admit", headers=office.coordinator)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:wrong-standing")
    assert (again.json()["status"], again.json()["standing"]) == (409, "active")


async def test_standing_follows_what_happens_and_others_are_told(office: Office, spy: Spy) -> None:
    member_id = await office.admit(kind="producer")
    told: list[Event[MemberState]] = []
    for step, status in (("suspend", "suspended"), ("reinstate", "active"), ("exclude", "excluded")):
        answer = await office.piece.client.post(
            f"/v1/members/{member_id}/{step}", headers=office.coordinator, json={"reason": "assembly"}
        )
        assert answer.json()["status"] == status
        said, count = (MemberLeft, 1) if step == "exclude" else (MemberChanged, len(told) + 1)
        told.append(await spy.next(said, member_id, count=count))
    assert [(event.data.status, event.version) for event in told] == [("suspended", 3), ("active", 4), ("excluded", 5)]
    history = await office.piece.client.get(f"/v1/members/{member_id}/standing", headers=office.coordinator)
    assert [fact["kind"] for fact in history.json()] == ["applied", "admitted", "suspended", "reinstated", "excluded"]
    back = await office.piece.client.post(f"/v1/members/{member_id}/reinstate", headers=office.coordinator)
    assert back.status_code == 409


async def test_a_member_leaves_by_its_own_wish_and_no_other_does_it_for_it(office: Office) -> None:
    member_id, other = await office.admit(), await office.admit()
    assert (
        await office.piece.client.post(f"/v1/members/{member_id}/leave", headers=office.of(other))
    ).status_code == 404
    left = await office.piece.client.post(f"/v1/members/{member_id}/leave", headers=office.of(member_id))
    assert left.json()["status"] == "left"


async def test_a_member_is_seen_by_its_own_and_the_office_and_by_nobody_else(office: Office) -> None:
    member_id, other = await office.admit(), await office.admit()
    address = f"/v1/members/{member_id}"
    for headers, status in (
        (office.of(member_id), 200),
        (office.coordinator, 200),
        (office.treasurer, 200),
        (office.of(other), 404),
    ):
        assert (await office.piece.client.get(address, headers=headers)).status_code == status


async def test_the_office_pages_through_all_members_and_a_family_sees_its_own(office: Office, tokens: Tokens) -> None:
    ids = [str(await office.admit()) for _ in range(5)]
    applied = (await office.apply(kind="producer")).json()["id"]
    client, seen, after = office.piece.client, [], None
    while True:
        params = {"limit": 2} | ({"after": after} if after else {})
        page = await client.get("/v1/members", params=params, headers=office.coordinator)
        seen += [member["id"] for member in page.json()["items"]]
        after = page.json()["next"]
        if after is None:
            break
        assert 'rel="next"' in page.headers["link"]
    assert seen == [*ids, applied]
    waiting = await client.get("/v1/members", params={"status": "applied"}, headers=office.coordinator)
    assert [member["id"] for member in waiting.json()["items"]] == [applied]
    active = await client.get("/v1/members", params={"status": "active"}, headers=office.coordinator)
    assert [member["id"] for member in active.json()["items"]] == ids
    producers = await client.get("/v1/members", params={"kind": "producer"}, headers=office.coordinator)
    assert [member["id"] for member in producers.json()["items"]] == [applied]
    own = await client.get("/v1/members", headers=office.of(UUID(ids[1])))
    assert [member["id"] for member in own.json()["items"]] == [ids[1]]
    nobody = await client.get("/v1/members", headers=tokens.actor())
    assert nobody.json()["items"] == []
    assert (await client.get("/v1/members", params={"after": "WyJ4Il0"}, headers=office.coordinator)).status_code == 422


async def test_an_applicant_signs_in_from_the_admission_on(office: Office, spy: Spy) -> None:
    await office.apply(email="sol@queretaro.example", id=str(member_id := uuid4()))
    form = {"grant_type": "password", "username": "Sol@queretaro.example", "password": PASSWORD}
    early = await office.piece.client.post("/v1/token", data=form)
    assert (early.status_code, early.json()["type"]) == (403, "urn:trama:problem:not-admitted-yet")
    await office.piece.client.post(f"/v1/members/{member_id}/admit", headers=office.coordinator)
    assert (await office.piece.client.post("/v1/token", data=form)).status_code == 200
