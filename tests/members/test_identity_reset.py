"""A forgotten password, and the links that set another."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from kit.database import utc_now
from kit.testing.mail import Postbox
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from tests.members.people import (
    ADMIN,
    ADMIN_EMAIL,
    admitted,
    ask,
    code,
    link,
    refresh,
    sign_in,
    with_code,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def test_a_reset_sets_the_password_ends_all_sessions_and_tells_the_owner(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    thief, phone = await sign_in(piece, LUNA), await sign_in(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    pending = await code(postbox, LUNA, 2)
    asked = await ask(piece, "password-resets", LUNA)
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 3600})
    place, secret = await link(postbox, LUNA, 3)
    done = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "maíz azul y frijol"})
    assert (place, done.status_code, done.text) == ("password-resets", 204, "")
    assert (await refresh(piece, thief)).status_code == (await refresh(piece, phone)).status_code == 401
    assert (await with_code(piece, LUNA, pending)).status_code == 401
    assert (await sign_in(piece, LUNA)).status_code == 401
    assert (await sign_in(piece, LUNA, "maíz azul y frijol")).status_code == 200
    assert "contraseña" in (await postbox.next(LUNA, count=4))["Subject"]
    again = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "otra vez otra cosa"})
    assert (again.status_code, again.json()["type"]) == (404, "urn:trama:problem:link-over")


async def test_a_password_that_is_refused_leaves_the_link_good(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "password-resets", ADMIN_EMAIL)
    place, secret = await link(postbox, ADMIN_EMAIL)
    refused = await piece.client.post(f"/v1/{place}/{secret}", json={"password": "short"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/password")
    assert (await piece.client.post(f"/v1/{place}/{secret}", json={"password": "largo y nuevo"})).status_code == 204


async def test_a_reset_link_ends_after_an_hour_and_when_another_is_sent(piece: Piece, postbox: Postbox) -> None:
    for _ in range(2):
        await ask(piece, "password-resets", ADMIN_EMAIL)
    (place, first), (_, second) = await link(postbox, ADMIN_EMAIL), await link(postbox, ADMIN_EMAIL, 2)
    body = {"password": "largo y nuevo"}
    assert (await piece.client.post(f"/v1/{place}/{first}", json=body)).status_code == 404
    piece.database.clock = lambda: utc_now() + timedelta(hours=1, seconds=1)
    assert (await piece.client.post(f"/v1/{place}/{second}", json=body)).status_code == 404


async def test_a_link_is_good_for_its_own_purpose_only(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "password-resets", ADMIN_EMAIL)
    _, secret = await link(postbox, ADMIN_EMAIL)
    assert (await piece.client.post(f"/v1/email-changes/{secret}")).status_code == 404
    assert (await piece.client.post(f"/v1/confirmations/{secret}")).status_code == 404
    assert (await with_code(piece, ADMIN_EMAIL, secret)).status_code == 401


async def test_trying_links_is_slowed(piece: Piece) -> None:
    instant = utc_now()
    piece.database.clock = lambda: instant
    answers = [
        await piece.client.post(f"/v1/password-resets/{n}", json={"password": "largo y nuevo"})
        for n in range(rules.FREE_ATTEMPTS + 1)
    ]
    assert [answer.status_code for answer in answers] == [404] * rules.FREE_ATTEMPTS + [429]
