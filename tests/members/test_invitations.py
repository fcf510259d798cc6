"""Invitations: to act for a member, to belong, to have a role; printed, followed, over."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from kit.database import utc_now
from kit.testing.mail import Postbox
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity.rules import FREE_ATTEMPTS
from members.invitations import rules
from tests.members.people import ADMIN, PASSWORD, admitted, claims, link, sign_in, signed_in

LUNA = "luna@queretaro.example"
SOL = "sol@queretaro.example"
SECRET = {"key_secret": "a long random secret of this network"}
#: A time to come that does not say of which place.
NO_ZONE = (datetime.now(UTC) + timedelta(days=9)).isoformat()[:19]


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **SECRET, **postbox.settings) as members:
        yield members


async def invite(piece: Piece, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await piece.client.post("/v1/invitations", json=body, headers=headers)


async def code_of(piece: Piece, headers: dict[str, str], **body: Any) -> str:
    answer = await invite(piece, headers, **body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def accept(piece: Piece, code: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return await piece.client.post(f"/v1/invitations/by-code/{code}/accept", json=body, headers=headers)


def application(email: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "producer", "name": "Milpa Sol", "email": email, "password": PASSWORD, **changes}


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=32))
def test_a_code_can_be_read_from_paper_and_typed_carelessly(salt: bytes, secret: bytes) -> None:
    code = rules.code_of(salt, secret)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    careless = code.replace("0", "o").replace("1", "l").replace("-", " ").lower()
    assert rules.code_hash(careless) == rules.code_hash(code) == rules.code_hash(rules.code_of(salt, secret))


async def test_somebody_else_acts_for_the_same_member_too(piece: Piece) -> None:
    member_id = await admitted(piece, LUNA)
    own_id = await admitted(piece, SOL)
    code = await code_of(piece, await signed_in(piece, LUNA), purpose="acting", member_id=member_id, note="Para Sol")
    offered = (await piece.client.get(f"/v1/invitations/by-code/{code.lower()}")).json()
    assert (offered["network"], offered["member_name"], offered["note"]) == ("La Coope", "Familia Luna", "Para Sol")
    sol = await signed_in(piece, SOL)
    done = await accept(piece, code, sol)
    assert (done.status_code, done.json()["member_id"]) == (200, member_id), done.text
    assert {m["id"] for m in (await claims(piece, sol))["members"]} == {member_id, own_id}
    again = await accept(piece, code, sol)
    assert (again.status_code, again.json()) == (200, done.json())
    used = await accept(piece, code, await signed_in(piece))
    assert (used.status_code, used.json()["type"]) == (409, "urn:trama:problem:invitation-used-up")


async def test_a_stranger_becomes_a_user_and_one_whose_address_is_known_gets_a_letter(
    piece: Piece, postbox: Postbox
) -> None:
    member_id = await admitted(piece, LUNA)
    own_id = await admitted(piece, SOL)
    headers = await signed_in(piece, LUNA)
    code = await code_of(piece, headers, purpose="acting", member_id=member_id, max_uses=2)
    answers = []
    for email in ("nueva@queretaro.example", SOL):
        user = {"name": "Nueva", "email": email, "password": "otra cosa muy larga"}
        answers.append(await accept(piece, code, user=user))
    assert (
        answers[0].json()
        == answers[1].json()
        == {
            "purpose": "acting",
            "member_id": member_id,
            "user_id": None,
            "role": None,
        }
    )
    new = await signed_in(piece, "nueva@queretaro.example", "otra cosa muy larga")
    assert [m["id"] for m in (await claims(piece, new))["members"]] == [member_id]
    assert (await sign_in(piece, SOL, "otra cosa muy larga")).status_code == 401
    place, secret = await link(postbox, SOL, 2)
    assert (await piece.client.post(f"/v1/{place}/{secret}")).json() == {"member_id": member_id}
    assert {m["id"] for m in (await claims(piece, await signed_in(piece, SOL)))["members"]} == {member_id, own_id}


async def test_a_coordinators_invitation_admits_at_once_as_the_kind_that_was_chosen(piece: Piece) -> None:
    office = await signed_in(piece)
    code = await code_of(piece, office, purpose="membership", kind="producer", admitted=True)
    wrong = await accept(piece, code, application=application(SOL, kind="household"))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/application/kind")
    done = await accept(piece, code, application=application(SOL))
    assert done.status_code == 200, done.text
    sol = await signed_in(piece, SOL)
    (member,) = (await claims(piece, sol))["members"]
    assert (member["id"], member["status"], member["number"] is None) == (done.json()["member_id"], "active", False)
    history = (await piece.client.get(f"/v1/members/{member['id']}/standing", headers=office)).json()
    assert history[-1]["kind"] == "admitted"
    assert history[-1]["reason"].startswith("invitation ")


async def test_who_is_signed_in_applies_for_another_member_without_a_password(piece: Piece) -> None:
    own_id = await admitted(piece, SOL)
    code = await code_of(piece, await signed_in(piece), purpose="membership", admitted=True)
    sol = await signed_in(piece, SOL)
    body = application("milpa@queretaro.example")
    del body["password"]
    alone = await accept(piece, code, application=body)
    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "/application/password")
    done = await accept(piece, code, sol, application=body)
    assert done.status_code == 200, done.text
    found = await claims(piece, sol)
    assert {m["id"] for m in found["members"]} == {own_id, done.json()["member_id"]}
    assert found["roles"] == ["member", "producer"]


async def test_an_invitation_without_admission_leaves_it_to_the_coordinator(piece: Piece) -> None:
    code = await code_of(piece, await signed_in(piece), purpose="membership")
    done = await accept(piece, code, application=application(SOL))
    assert done.status_code == 200
    assert (await sign_in(piece, SOL)).json()["type"] == "urn:trama:problem:not-admitted-yet"


async def test_an_administrators_invitation_gives_a_role_with_a_trace(piece: Piece) -> None:
    await admitted(piece, SOL)
    admin = await signed_in(piece)
    code = await code_of(piece, admin, purpose="role", role="treasurer")
    assert (await accept(piece, code)).status_code == 401
    sol = await signed_in(piece, SOL)
    assert (await accept(piece, code, sol)).json()["role"] == "treasurer"
    me = await claims(piece, sol)
    assert me["roles"] == ["member", "treasurer"]
    (grant,) = (await piece.client.get(f"/v1/users/{me['user_id']}/roles", headers=admin)).json()
    assert (grant["by"], grant["reason"].split()[0]) == ((await claims(piece, admin))["user_id"], "invitation")


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"purpose": "party"}, 422, "/purpose"),
        ({"purpose": "acting"}, 422, "/member_id"),
        ({"purpose": "role"}, 422, "/role"),
        ({"purpose": "role", "role": "king"}, 422, "/role"),
        ({"purpose": "role", "role": "treasurer", "kind": "person"}, 422, "/kind"),
        ({"purpose": "membership", "role": "treasurer"}, 422, "/role"),
        ({"purpose": "membership", "max_uses": 0}, 422, "/max_uses"),
        ({"purpose": "membership", "max_uses": 1001}, 422, "/max_uses"),
        ({"purpose": "membership", "kind": "club"}, 422, "/kind"),
        ({"purpose": "membership", "expires_at": "2020-01-01T00:00:00Z"}, 422, "/expires_at"),
        ({"purpose": "membership", "expires_at": "2099-01-01T00:00:00Z"}, 422, "/expires_at"),
        ({"purpose": "membership", "expires_at": NO_ZONE}, 422, "/expires_at"),
        ({"purpose": "membership", "note": "x" * 301}, 422, "/note"),
        ({"purpose": "membership", "vip": True}, 422, "/vip"),
        ({"purpose": "acting", "member_id": str(uuid4())}, 404, None),
        ({"purpose": "acting", "member_id": str(uuid4()), "admitted": True}, 422, "/admitted"),
    ],
)
async def test_what_is_wrong_with_an_invitation_is_named(
    piece: Piece, body: dict[str, Any], status: int, place: str | None
) -> None:
    answer = await invite(piece, await signed_in(piece), **body)
    assert answer.status_code == status, answer.text
    assert [error["pointer"] for error in answer.json().get("errors", [])] == ([place] if place else [])


async def test_nobody_invites_to_what_is_not_theirs_to_give(piece: Piece) -> None:
    other_id = await admitted(piece, LUNA)
    await admitted(piece, SOL)
    sol = await signed_in(piece, SOL)
    statuses = [
        (await invite(piece, headers, **body)).status_code
        for headers, body in (
            (sol, {"purpose": "acting", "member_id": other_id}),
            (sol, {"purpose": "membership"}),
            (sol, {"purpose": "role", "role": "treasurer"}),
            ({}, {"purpose": "membership"}),
        )
    ]
    assert statuses == [404, 403, 403, 401]
    mine = (await invite(piece, await signed_in(piece, LUNA), purpose="acting", member_id=other_id)).json()
    for method, path in (("GET", ""), ("POST", "/withdraw")):
        answer = await piece.client.request(method, f"/v1/invitations/{mine['id']}{path}", headers=sol)
        assert answer.status_code == 404
    assert (await piece.client.get("/v1/invitations", headers=sol)).json()["items"] == []


async def test_where_a_vote_admits_no_invitation_does(spy: Spy, running: Runner) -> None:
    async with running("members", own_keys=True, admission="vote", **ADMIN) as piece:
        answer = await invite(piece, await signed_in(piece), purpose="membership", admitted=True)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:admission-by-vote")


async def test_one_that_was_withdrawn_or_is_over_says_so(piece: Piece) -> None:
    office = await signed_in(piece)
    made = (await invite(piece, office, purpose="membership")).json()
    withdrawn = await piece.client.post(f"/v1/invitations/{made['id']}/withdraw", headers=office)
    assert withdrawn.json()["state"] == "withdrawn"
    for answer in (
        await piece.client.get(f"/v1/invitations/by-code/{made['code']}"),
        await accept(piece, made["code"], application=application(SOL)),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:invitation-withdrawn")
    code = await code_of(piece, office, purpose="membership")
    piece.database.clock = lambda: utc_now() + timedelta(days=15)
    answer = await accept(piece, code, application=application(SOL))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:invitation-expired")


async def test_who_acts_for_a_member_no_more_brings_nobody_in(piece: Piece) -> None:
    member_id = await admitted(piece, LUNA)
    await admitted(piece, SOL)
    luna, sol = await signed_in(piece, LUNA), await signed_in(piece, SOL)
    await accept(piece, await code_of(piece, luna, purpose="acting", member_id=member_id), sol)
    sol = await signed_in(piece, SOL)
    backdoor = await code_of(piece, sol, purpose="acting", member_id=member_id)
    me = (await claims(piece, sol))["user_id"]
    assert (await piece.client.delete(f"/v1/members/{member_id}/users/{me}", headers=luna)).status_code == 204
    answer = await accept(piece, backdoor, await signed_in(piece))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:invitation-withdrawn")


async def test_of_many_who_follow_it_at_once_no_more_get_in_than_it_is_for(piece: Piece) -> None:
    code = await code_of(piece, await signed_in(piece), purpose="membership", admitted=True, max_uses=2)
    answers = await asyncio.gather(
        *(accept(piece, code, application=application(f"m{n}@queretaro.example")) for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409, 409]
    async with piece.database.reading() as connection:
        counts = await connection.execute(
            text("SELECT (SELECT count(*) FROM members), (SELECT uses FROM invitations), (SELECT count(*) FROM users)")
        )
        assert tuple(counts.one()) == (2, 2, 3)


async def test_an_application_that_can_not_be_taken_uses_nothing_up(piece: Piece) -> None:
    code = await code_of(piece, await signed_in(piece), purpose="membership")
    assert (await accept(piece, code, application=application("nowhere"))).status_code == 422
    assert (await accept(piece, code)).json()["errors"][0]["pointer"] == "/application"
    assert (await accept(piece, code, application=application(SOL))).status_code == 200


async def test_guessing_codes_is_slowed(piece: Piece) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [await piece.client.get(f"/v1/invitations/by-code/{n:016d}") for n in range(FREE_ATTEMPTS + 1)]
    assert [answer.status_code for answer in answers] == [404] * FREE_ATTEMPTS + [429]
    assert (await accept(piece, "0000-0000-0000-0000")).status_code == 429


@pytest.mark.parametrize("code", ["x", "%00", "a" * 2000, "ñ", "<b>"])
async def test_what_is_no_code_is_not_there(piece: Piece, code: str) -> None:
    assert (await piece.client.get(f"/v1/invitations/by-code/{code}")).status_code == 404


async def test_no_code_can_be_had_from_a_copy_of_the_database(piece: Piece) -> None:
    code = await code_of(piece, await signed_in(piece), purpose="membership")
    async with piece.database.reading() as connection:
        row = (await connection.execute(text("SELECT salt, invitations::text AS kept FROM invitations"))).one()
    assert code not in row.kept
    assert rules.code_of(row.salt, b"") != code


async def test_the_same_id_is_the_same_invitation_and_lists_come_in_pages(piece: Piece) -> None:
    office = await signed_in(piece)
    ids = sorted(str(uuid4()) for _ in range(3))
    for invitation_id in (*ids, ids[0]):
        assert (await invite(piece, office, id=invitation_id, purpose="membership")).status_code == 201
    first = (await piece.client.get("/v1/invitations?limit=2", headers=office)).json()
    rest = (await piece.client.get(f"/v1/invitations?limit=2&after={first['next']}", headers=office)).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids
    await admitted(piece, SOL)
    other = await invite(piece, office, id=ids[0], purpose="role", role="treasurer")
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/id")


async def test_it_is_shown_as_a_code_to_scan_and_a_sheet_to_print(piece: Piece, tmp_path: Path) -> None:
    office = await signed_in(piece)
    made = (await invite(piece, office, purpose="membership", note="Feria de la milpa", max_uses=50)).json()
    assert made["url"] == f"https://coope.example/invitations/{made['code']}"

    async def as_(kind: str) -> httpx.Response:
        answer = await piece.client.get(
            f"/v1/invitations/{made['id']}", headers={**office, "accept": kind, "accept-language": "es"}
        )
        assert answer.status_code == 200
        return answer

    drawing, picture, sheet = await as_("image/svg+xml"), await as_("image/png"), await as_("application/pdf")
    assert drawing.text.startswith("<svg")
    assert picture.content.startswith(b"\x89PNG")
    assert sheet.content.startswith(b"%PDF")
    assert {answer.headers["cache-control"] for answer in (drawing, picture, sheet)} == {"no-store"}
    assert (await as_("application/json, image/png")).json()["id"] == made["id"]
    assert (await as_("*/*")).json()["id"] == made["id"]
    if shutil.which("pdftotext"):
        (tmp_path / "sheet.pdf").write_bytes(sheet.content)
        command = ["pdftotext", str(tmp_path / "sheet.pdf"), "-"]
        words = (await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)).stdout.decode()
        for wanted in ("Invitación a La Coope", "Feria de la milpa", made["code"], "Sirve 50 veces"):
            assert wanted in words


async def test_after_the_secret_was_changed_what_was_printed_is_good_but_not_printed_again(
    spy: Spy, running: Runner, piece: Piece
) -> None:
    made = (await invite(piece, await signed_in(piece), purpose="membership")).json()
    async with running(
        "members", database_url=piece.database_url, own_keys=True, **{**ADMIN, "key_secret": "another"}
    ) as changed:
        office = await signed_in(changed)
        address = f"/v1/invitations/{made['id']}"
        assert (await changed.client.get(address, headers=office)).json()["code"] is None
        answer = await changed.client.get(address, headers={**office, "accept": "image/png"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:code-lost")
        assert (await accept(changed, made["code"], application=application(SOL))).status_code == 200
