"""Codes by letter, which sign in once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from kit.database import utc_now
from kit.testing.mail import Postbox
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from tests.members.people import (
    ADMIN,
    ADMIN_EMAIL,
    admitted,
    apply,
    ask,
    bearer,
    claims,
    code,
    link,
    with_code,
)

LUNA = "luna@queretaro.example"


SOL = "sol@queretaro.example"


NOBODY = "nobody@queretaro.example"


@pytest.fixture
async def piece(spy: Spy, running: Runner, postbox: Postbox) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, name="La Coope", **ADMIN, **postbox.settings) as members:
        yield members


async def test_a_code_sent_by_letter_signs_in_once(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    asked = await ask(piece, "token/codes", LUNA)
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 600})
    secret = await code(postbox, LUNA, 2)
    first = await with_code(piece, LUNA, f"{secret[:3]} {secret[3:]}")
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    assert (await claims(piece, bearer(first)))["email"] == LUNA
    assert (await with_code(piece, LUNA, secret)).status_code == 401


async def test_a_code_used_many_times_at_once_signs_in_once(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 2)
    answers = await asyncio.gather(*(with_code(piece, LUNA, secret) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


async def test_a_code_is_good_for_few_guesses_ten_minutes_and_its_own_user(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    await admitted(piece, SOL)
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 2)
    wrong = f"{(int(secret) + 1) % 1_000_000:06d}"
    assert (await with_code(piece, SOL, secret)).status_code == 401
    for _ in range(rules.MOST_TRIES):
        assert (await with_code(piece, LUNA, wrong)).status_code == 401
    assert (await with_code(piece, LUNA, secret)).status_code == 401
    await ask(piece, "token/codes", LUNA)
    secret = await code(postbox, LUNA, 3)
    piece.database.clock = lambda: utc_now() + timedelta(minutes=10, seconds=1)
    assert (await with_code(piece, LUNA, secret)).status_code == 401


async def test_a_new_code_takes_the_place_of_the_one_before(piece: Piece, postbox: Postbox) -> None:
    await admitted(piece, LUNA)
    for _ in range(2):
        await ask(piece, "token/codes", LUNA)
    first, second = await code(postbox, LUNA, 2), await code(postbox, LUNA, 3)
    assert first == second or (await with_code(piece, LUNA, first)).status_code == 401
    assert (await with_code(piece, LUNA, second)).status_code == 200


async def test_neither_code_nor_link_can_be_read_in_the_database(piece: Piece, postbox: Postbox) -> None:
    await ask(piece, "token/codes", ADMIN_EMAIL)
    await ask(piece, "password-resets", ADMIN_EMAIL)
    secret, (_, reset) = await code(postbox, ADMIN_EMAIL), await link(postbox, ADMIN_EMAIL, 2)
    async with piece.database.reading() as connection:
        kept = "".join((await connection.execute(text("SELECT tickets::text FROM tickets"))).scalars())
    assert reset not in kept
    assert secret.encode().hex() not in kept


@pytest.mark.parametrize("wrong", ["", "abc", "0" * 100, "१२३४५६"])
async def test_what_is_no_code_is_refused(piece: Piece, wrong: str) -> None:
    await ask(piece, "token/codes", ADMIN_EMAIL)
    answer = await with_code(piece, ADMIN_EMAIL, wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


async def test_a_code_gets_nobody_in_who_may_not_sign_in(piece: Piece, postbox: Postbox) -> None:
    await apply(piece, LUNA)
    await ask(piece, "token/codes", LUNA)
    answer = await with_code(piece, LUNA, await code(postbox, LUNA, 2))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:trama:problem:not-admitted-yet")
