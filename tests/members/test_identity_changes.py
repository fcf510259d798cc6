"""What one signs in with, changed by who is signed in."""

from collections.abc import AsyncIterator

import pytest

from kit.database import utc_now
from kit.testing.mail import Postbox, text_of
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from tests.members.people import (
    ADMIN,
    PASSWORD,
    admitted,
    bearer,
    claims,
    link,
    refresh,
    sign_in,
    signed_in,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def test_a_changed_password_ends_every_other_session(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    here, elsewhere = await sign_in(piece, LUNA), await sign_in(piece, LUNA)
    body = {"current": PASSWORD, "new": "maíz azul y frijol"}
    changed = await piece.client.put("/v1/me/password", json=body, headers=bearer(here))
    assert (changed.status_code, changed.headers["cache-control"]) == (200, "no-store")
    assert (await refresh(piece, elsewhere)).status_code == (await refresh(piece, here)).status_code == 401
    assert (await refresh(piece, changed)).status_code == 200
    assert (await sign_in(piece, LUNA, "maíz azul y frijol")).status_code == 200
    await postbox.next(LUNA, count=2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"current": "wrong", "new": "maíz azul y frijol"}, "/current"),
        ({"current": PASSWORD, "new": "short"}, "/new"),
        ({"current": PASSWORD, "new": "password1"}, "/new"),
        ({"current": PASSWORD}, "/new"),
    ],
)
async def test_what_is_wrong_with_a_change_of_password_is_named(
    piece: Piece, body: dict[str, str], pointer: str
) -> None:
    answer = await piece.client.put("/v1/me/password", json=body, headers=await signed_in(piece))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await sign_in(piece)).status_code == 200


async def test_guessing_the_password_of_an_open_session_is_slowed(piece: Piece) -> None:
    headers = await signed_in(piece)
    instant = utc_now()
    piece.database.clock = lambda: instant
    for _ in range(rules.FREE_ATTEMPTS):
        body = {"current": "wrong", "new": "maíz azul y frijol"}
        assert (await piece.client.put("/v1/me/password", json=body, headers=headers)).status_code == 422
    body = {"current": PASSWORD, "new": "maíz azul y frijol"}
    assert (await piece.client.put("/v1/me/password", json=body, headers=headers)).status_code == 429


async def test_another_address_counts_once_it_is_confirmed_and_the_old_one_is_told(
    piece: Piece, postbox: Postbox
) -> None:
    await admitted(piece, LUNA)
    headers = await signed_in(piece, LUNA)
    asked = await piece.client.put("/v1/me/email", json={"email": SOL, "password": PASSWORD}, headers=headers)
    assert asked.status_code == 202
    assert (await claims(piece, headers))["email"] == LUNA
    await postbox.next(LUNA, count=2)
    place, secret = await link(postbox, SOL)
    assert (place, (await piece.client.post(f"/v1/{place}/{secret}")).status_code) == ("email-changes", 204)
    assert (await claims(piece, headers))["email"] == SOL
    assert [(await sign_in(piece, name)).status_code for name in (SOL, LUNA)] == [200, 401]


async def test_somebody_elses_address_is_told_by_letter_alone(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    headers = await signed_in(piece)
    answers = [
        await piece.client.put("/v1/me/email", json={"email": email, "password": PASSWORD}, headers=headers)
        for email in (SOL, LUNA)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 202
    assert "https://" not in text_of(await postbox.next(LUNA, count=2))


async def test_an_address_taken_meanwhile_is_not_taken_over(piece: Piece, postbox: Postbox) -> None:
    await piece.client.put("/v1/me/email", json={"email": SOL, "password": PASSWORD}, headers=await signed_in(piece))
    place, secret = await link(postbox, SOL)
    await admitted(piece, SOL)
    answer = await piece.client.post(f"/v1/{place}/{secret}")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:email-taken")


@pytest.mark.parametrize(
    ("what", "body", "pointer"),
    [
        ("email", {"email": "nowhere", "password": PASSWORD}, "/email"),
        ("email", {"email": SOL, "password": "wrong"}, "/password"),
        ("phone", {"phone": "call me", "password": PASSWORD}, "/phone"),
        ("phone", {"phone": "442 123 4567", "password": "wrong"}, "/password"),
    ],
)
async def test_a_change_that_can_not_be_is_named(piece: Piece, what: str, body: dict[str, str], pointer: str) -> None:
    answer = await piece.client.put(f"/v1/me/{what}", json=body, headers=await signed_in(piece))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_phone_number_can_be_set_and_taken_away(piece: Piece) -> None:
    headers = await signed_in(piece)
    body = {"phone": "442 765 4321", "password": PASSWORD}
    assert (await piece.client.put("/v1/me/phone", json=body, headers=headers)).json() == {"phone": "+524427654321"}
    assert (await sign_in(piece, "4427654321")).status_code == 200
    await admitted(piece, LUNA)
    taken = await piece.client.put("/v1/me/phone", json=body, headers=await signed_in(piece, LUNA))
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:trama:problem:phone-taken")
    none = {"phone": None, "password": PASSWORD}
    assert (await piece.client.put("/v1/me/phone", json=none, headers=headers)).json() == {"phone": None}
    assert (await sign_in(piece, "4427654321")).status_code == 401


@pytest.mark.parametrize("what", ["password", "email", "phone"])
async def test_nothing_is_changed_for_who_is_not_signed_in(piece: Piece, what: str) -> None:
    body = {
        "password": {"current": PASSWORD, "new": "maíz azul y frijol"},
        "email": {"email": SOL, "password": PASSWORD},
        "phone": {"phone": "442 123 4567", "password": PASSWORD},
    }[what]
    assert (await piece.client.put(f"/v1/me/{what}", json=body)).status_code == 401
