"""Nobody learns who has an account."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from kit.database import utc_now
from kit.testing.mail import Postbox, text_of
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from tests.members.people import (
    ADMIN,
    ADMIN_EMAIL,
    admitted,
    apply,
    ask,
    claims,
    link,
    sign_in,
    signed_in,
    with_code,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def same_work(piece: Piece, do: Callable[[str], Any], *names: str) -> list[tuple[int, Any, list[str]]]:
    """Status, body and statements of the same thing done in each name."""
    found: list[tuple[int, Any, list[str]]] = []
    for name in names:
        with piece.counted_queries() as statements:
            answer = await do(name)
        found.append((answer.status_code, answer.json(), list(statements)))
    return found


@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
async def test_a_known_and_an_unknown_name_are_answered_alike_after_the_same_statements(
    piece: Piece, postbox: Postbox, place: str
) -> None:
    known, unknown = await same_work(piece, lambda name: ask(piece, place, name), ADMIN_EMAIL, NOBODY)
    assert known == unknown
    await postbox.next(ADMIN_EMAIL)
    await ask(piece, place, ADMIN_EMAIL)
    await postbox.next(ADMIN_EMAIL, count=2)
    assert {letter["To"] for letter in postbox.letters} == {ADMIN_EMAIL}


async def test_a_wrong_code_is_answered_alike_for_known_and_unknown_names(piece: Piece) -> None:
    for name in (ADMIN_EMAIL, NOBODY):
        await ask(piece, "token/codes", name)
    known, unknown = await same_work(piece, lambda name: with_code(piece, name, "000000"), ADMIN_EMAIL, NOBODY)
    assert known == unknown


async def test_an_application_with_a_taken_address_is_answered_like_any_other(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)

    async def applying(name: str) -> httpx.Response:
        return await apply(piece, name, name="Familia Sol", password="otra cosa muy larga")

    known, unknown = await same_work(piece, applying, "LUNA@queretaro.example", SOL)
    changing = {"id", "email", "applied_at"}
    for body in (known[1], unknown[1]):
        assert changing <= body.keys()
    assert (known[0], {k: v for k, v in known[1].items() if k not in changing}) == (
        unknown[0],
        {k: v for k, v in unknown[1].items() if k not in changing},
    )
    assert known[2] == unknown[2]
    async with piece.database.reading() as connection:
        users = await connection.execute(
            text("SELECT count(*) FROM users WHERE lower(email) = :email"), {"email": LUNA}
        )
        assert users.scalar_one() == 1
    assert "with your address" in text_of(await postbox.next(LUNA, count=2)) or "con tu correo" in text_of(
        await postbox.next(LUNA, count=2)
    )


async def test_neither_sending_it_again_nor_signing_in_tells_that_the_address_was_taken(piece: Piece) -> None:
    await admitted(piece, LUNA)
    applied = [
        {"id": str(uuid4()), "email": email, "password": "otra cosa muy larga", "kind": "person", "name": "X 1"}
        for email in (LUNA, SOL)
    ]
    for body in applied:
        for _ in range(2):
            assert (await piece.client.post("/v1/members", json=body)).status_code == 201
        other = await piece.client.post("/v1/members", json={**body, "password": "noch etwas anderes"})
        assert other.status_code == 409
    known, unknown = [await sign_in(piece, str(body["email"]), "otra cosa muy larga") for body in applied]
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.json()["type"] == "urn:trama:problem:not-admitted-yet"
    assert (await sign_in(piece, LUNA)).status_code == 200, "the password of the address's owner stays good"


async def test_once_it_is_decided_nobody_can_guess_at_a_password_by_sending_the_application_again(piece: Piece) -> None:
    member_id = await admitted(piece, LUNA)
    again = await apply(piece, LUNA, id=member_id)
    assert (again.status_code, again.json()["type"]) == (409, "urn:trama:problem:id-taken")


async def test_the_owner_of_a_taken_address_may_act_for_the_new_member_too(piece: Piece, postbox: Postbox) -> None:
    first = await admitted(piece, LUNA)
    second = await admitted(piece, LUNA, kind="producer", name="Milpa Luna", password="otra cosa muy larga")
    assert (await sign_in(piece, LUNA, "otra cosa muy larga")).status_code == 401
    assert [m["id"] for m in (await claims(piece, await signed_in(piece, LUNA)))["members"]] == [first]
    place, secret = await link(postbox, LUNA, 2)
    confirmed = await piece.client.post(f"/v1/{place}/{secret}")
    assert (place, confirmed.json()) == ("confirmations", {"member_id": second})
    found = await claims(piece, await signed_in(piece, LUNA))
    assert ({m["id"] for m in found["members"]}, found["roles"]) == ({first, second}, ["member", "producer"])
    assert (await piece.client.post(f"/v1/{place}/{secret}")).status_code == 404


async def test_an_applicant_confirms_the_address_and_keeps_the_password(piece: Piece, postbox: Postbox) -> None:
    member_id = await admitted(piece, LUNA)
    place, secret = await link(postbox, LUNA)
    assert (await piece.client.post(f"/v1/{place}/{secret}")).json() == {"member_id": member_id}
    async with piece.database.reading() as connection:
        found = await connection.execute(text("SELECT email_confirmed_at FROM users WHERE email = :e"), {"e": LUNA})
        assert found.scalar_one() is not None
    assert (await sign_in(piece, LUNA)).status_code == 200


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Your application"), ("es", "Tu solicitud"), ("qu", "Tu solicitud")]
)
async def test_letters_are_in_the_readers_language_or_the_networks(
    piece: Piece, postbox: Postbox, language: str, subject: str
) -> None:
    await apply(piece, LUNA, language=language)
    assert (await postbox.next(LUNA))["Subject"].startswith(subject)


async def test_nobody_is_written_to_again_and_again_by_applying_in_their_name(piece: Piece) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [await apply(piece, LUNA) for _ in range(rules.FREE_LETTERS_ANYWHERE + 1)]
    assert [answer.status_code for answer in answers] == [201] * rules.FREE_LETTERS_ANYWHERE + [429]


@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
@pytest.mark.parametrize("name", [ADMIN_EMAIL, NOBODY])
async def test_letters_that_are_asked_for_are_slowed_for_any_name(piece: Piece, place: str, name: str) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [await ask(piece, place, name) for _ in range(rules.FREE_LETTERS + 1)]
    assert [answer.status_code for answer in answers] == [202] * rules.FREE_LETTERS + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("body", [{}, {"username": ""}, {"username": "x" * 1001}, {"username": LUNA, "more": 1}])
@pytest.mark.parametrize("place", ["token/codes", "password-resets"])
async def test_a_request_without_a_name_is_refused(piece: Piece, place: str, body: dict[str, Any]) -> None:
    answer = await piece.client.post(f"/v1/{place}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:invalid")
