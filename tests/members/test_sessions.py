"""Signing in: tokens, refreshing, guessing, keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from sqlalchemy import text

from kit.database import Work, utc_now
from kit.errors import Unavailable
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.identity import rules
from members.identity import service as identity
from members.identity.passwords import Passwords
from members.sessions import service, signing
from members.settings import Settings

ADMIN: dict[str, Any] = {"admin_email": "admin@queretaro.example", "admin_password": "trama-demo"}


@pytest.fixture
async def real(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    """The service with its own keys and its first administrator."""
    async with running("members", own_keys=True, **ADMIN) as piece:
        yield piece


async def sign_in(
    piece: Piece, username: str = "admin@queretaro.example", password: str = "trama-demo"
) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    return await piece.client.post("/v1/token", data=form)


async def refresh(piece: Piece, token: str) -> httpx.Response:
    return await piece.client.post("/v1/token", data={"grant_type": "refresh_token", "refresh_token": token})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def new_user(piece: Piece, **body: Any) -> httpx.Response:
    filled = {"email": "tesorera@queretaro.example", "password": "trama-demo", "name": "Tesorera", **body}
    return await piece.client.post("/v1/users", json=filled, headers=bearer(await sign_in(piece)))


async def shift_sessions(piece: Piece, by: timedelta) -> None:
    """As if all sessions had been refreshed that much earlier."""
    async with piece.database.transaction() as work:
        await work.execute(text("UPDATE sessions SET rotated_at = rotated_at - CAST(:by AS interval)"), {"by": by})


async def test_a_sign_in_is_answered_as_oauth2_says_and_the_token_names_the_user(real: Piece) -> None:
    answer = await sign_in(real)
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"], answer.headers["cache-control"]) == ("bearer", 900, "no-store")
    me = await real.client.get("/v1/me", headers=bearer(answer))
    assert (me.json()["email"], me.json()["roles"]) == ("admin@queretaro.example", ["admin"])


async def test_the_published_keys_check_the_token_and_no_private_half_is_among_them(real: Piece) -> None:
    published = (await real.client.get("/v1/jwks.json")).json()
    assert set(published["keys"][0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    token = (await sign_in(real)).json()["access_token"]
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"])
    assert claims["iss"] == f"/networks/{real.app.state.settings.network}"
    assert (claims["roles"], claims["members"], claims["exp"] - claims["iat"]) == (["admin"], [], 900)


async def test_a_wrong_password_and_an_unknown_address_are_answered_the_same(real: Piece) -> None:
    wrong, unknown = await sign_in(real, password="wrong"), await sign_in(real, username="nobody@queretaro.example")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_grant")


async def test_an_unknown_address_costs_as_much_work_as_a_known_one(real: Piece) -> None:
    passwords = real.app.state.passwords
    checked: list[str] = []
    verify = passwords._verify

    def noting(hashed: str, password: str) -> bool:
        checked.append(hashed)
        return bool(verify(hashed, password))

    passwords._verify = noting
    await sign_in(real, password="wrong")
    await sign_in(real, username="nobody@queretaro.example")
    assert len(checked) == 2
    assert {hashed.split("$")[3] for hashed in checked} == {"m=19456,t=2,p=1"}


async def test_guessing_is_slowed_even_when_many_guesses_come_at_once(real: Piece) -> None:
    # However slow the machine, all of it happens at one instant.
    instant = utc_now()
    real.database.clock = lambda: instant
    answers = await asyncio.gather(*(sign_in(real, password=f"guess {n}") for n in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * rules.FREE_ATTEMPTS + [429] * 20
    closed = await sign_in(real)
    assert (closed.status_code, closed.json()["type"]) == (429, "urn:trama:problem:too-many-attempts")
    assert int(closed.headers["retry-after"]) >= 1
    unknown = [await sign_in(real, username="nobody@queretaro.example") for _ in range(rules.FREE_ATTEMPTS + 1)]
    assert unknown[-1].status_code == 429
    real.database.clock = lambda: instant + timedelta(seconds=2)
    assert (await sign_in(real)).status_code == 200


async def test_a_right_password_forgets_the_wrong_ones_before_it(real: Piece) -> None:
    for _ in range(2):
        for _ in range(rules.FREE_ATTEMPTS - 1):
            assert (await sign_in(real, password="wrong")).status_code == 401
        assert (await sign_in(real)).status_code == 200


async def test_a_refresh_gives_new_tokens_and_the_old_one_is_good_no_more(real: Piece) -> None:
    first = (await sign_in(real)).json()["refresh_token"]
    second = (await refresh(real, first)).json()["refresh_token"]
    assert second != first
    await shift_sessions(real, timedelta(minutes=1))
    assert (await refresh(real, first)).status_code == 401


async def test_a_refresh_token_used_again_ends_its_session(real: Piece) -> None:
    stolen = (await sign_in(real)).json()["refresh_token"]
    owner = (await refresh(real, stolen)).json()["refresh_token"]
    await shift_sessions(real, timedelta(minutes=1))
    assert (await refresh(real, stolen)).status_code == 401
    after = await refresh(real, owner)
    assert (after.status_code, after.json()["type"]) == (401, "urn:trama:problem:session-over")


async def test_one_two_steps_old_ends_the_session_at_once(real: Piece) -> None:
    first = (await sign_in(real)).json()["refresh_token"]
    second = (await refresh(real, first)).json()["refresh_token"]
    third = (await refresh(real, second)).json()["refresh_token"]
    assert (await refresh(real, first)).status_code == 401
    assert (await refresh(real, third)).status_code == 401


async def test_a_refresh_sent_twice_at_once_ends_in_the_same_session(real: Piece) -> None:
    token = (await sign_in(real)).json()["refresh_token"]
    answers = await asyncio.gather(*(refresh(real, token) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    (following,) = {answer.json()["refresh_token"] for answer in answers}
    assert (await refresh(real, following)).status_code == 200


async def test_other_sessions_of_the_user_go_on_when_one_is_ended(real: Piece) -> None:
    phone, laptop = (await sign_in(real)).json()["refresh_token"], (await sign_in(real)).json()["refresh_token"]
    assert (await real.client.post("/v1/token/revoke", data={"token": phone})).status_code == 204
    assert (await refresh(real, phone)).status_code == 401
    assert (await refresh(real, laptop)).status_code == 200


@pytest.mark.parametrize("token", ["", "nonsense", "00000000000070008000000000000000.x", "é" * 50])
async def test_a_text_that_is_no_refresh_token_is_refused(real: Piece, token: str) -> None:
    assert (await refresh(real, token)).status_code == 401


async def test_an_unknown_grant_is_refused(real: Piece) -> None:
    answer = await real.client.post("/v1/token", data={"grant_type": "implicit"})
    assert (answer.status_code, answer.json()["error"]) == (422, "unsupported_grant_type")


async def test_no_refresh_token_and_no_password_can_be_read_in_the_database(real: Piece) -> None:
    token = (await sign_in(real)).json()["refresh_token"]
    async with real.database.reading() as connection:
        rows = (await connection.execute(text("SELECT sessions::text || users::text FROM sessions, users"))).scalars()
        kept = "".join(rows)
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
    assert token.split(".")[1] not in kept
    assert "trama-demo" not in kept


async def test_a_key_change_logs_nobody_out(real: Piece) -> None:
    old = await sign_in(real)
    me = UUID((await real.client.get("/v1/me", headers=bearer(old))).json()["user_id"])
    settings: Settings = real.app.state.settings

    async def at(later: timedelta) -> tuple[list[str], str]:
        """The published keys, and the one that signs, if the hourly run happens that much later."""
        async with real.database.transaction() as work:
            work.now += later
            await signing.rotate_keys(work, settings)
            issued = await service.start(work, settings, me)
        published = (await real.client.get("/v1/jwks.json")).json()["keys"]
        return [key["kid"] for key in published], jwt.get_unverified_header(issued.access_token)["kid"]

    (first,), signer = await at(timedelta(days=29))
    assert signer == first
    published, signer = await at(timedelta(days=31))
    second = published[1]
    assert (published, signer) == ([first, second], first)
    assert await at(timedelta(days=31, minutes=90)) == ([first, second], second)
    assert (await real.client.get("/v1/me", headers=bearer(old))).status_code == 200
    assert await at(timedelta(days=31, hours=3)) == ([second], second)


async def test_replicas_that_start_together_make_one_key_and_one_administrator(spy: Spy, running: Runner) -> None:
    async with running("members") as piece:
        async with piece.database.transaction() as work:
            await work.execute(text("DELETE FROM signing_keys"))
        passwords: Passwords = piece.app.state.passwords

        async def key(work: Work) -> None:
            await signing.ensure_key(work, piece.app.state.settings)

        async def admin(work: Work) -> None:
            await identity.ensure_admin(work, passwords, email=f"{uuid4().hex}@a.example", password="trama-demo")

        for first_step in (key, admin):
            await _together(piece, first_step)
        async with piece.database.reading() as connection:
            counts = await connection.execute(
                text("SELECT (SELECT count(*) FROM signing_keys), (SELECT count(*) FROM users)")
            )
            assert tuple(counts.one()) == (1, 1)


async def _together(piece: Piece, step: Callable[[Work], Awaitable[object]]) -> None:
    """Takes the step in six transactions that are all open before any takes it."""
    together = asyncio.Barrier(6)

    async def take() -> None:
        async with piece.database.transaction() as work:
            await work.execute(text("SELECT 1"))
            await together.wait()
            await step(work)

    await asyncio.gather(*(take() for _ in range(6)))


async def test_an_administrator_makes_users_with_roles_and_withdraws_them_with_a_trace(real: Piece) -> None:
    made = await new_user(real, roles=["treasurer"])
    assert (made.status_code, made.json()["roles"]) == (201, ["treasurer"])
    admin = bearer(await sign_in(real))
    address = f"/v1/users/{made.json()['id']}/roles"
    changed = await real.client.put(address, json={"roles": ["coordinator"], "reason": "elected"}, headers=admin)
    assert changed.json()["roles"] == ["coordinator"]
    trace = (await real.client.get(address, headers=admin)).json()
    assert [(step["role"], step["granted"], step["reason"]) for step in trace] == [
        ("treasurer", True, ""),
        ("coordinator", True, "elected"),
        ("treasurer", False, "elected"),
    ]
    me = await real.client.get("/v1/me", headers=admin)
    assert {step["by"] for step in trace} == {me.json()["user_id"]}
    token = (await sign_in(real, username="tesorera@queretaro.example")).json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["roles"] == ["coordinator"]


async def test_only_administrators_make_users_and_a_role_nobody_grants_is_refused(real: Piece) -> None:
    assert (await new_user(real, roles=["producer"])).json()["errors"][0]["pointer"] == "/roles/0"
    assert (await new_user(real, roles=["coordinator"])).status_code == 201
    headers = bearer(await sign_in(real, username="tesorera@queretaro.example"))
    answer = await real.client.post(
        "/v1/users", json={"email": "x@queretaro.example", "password": "trama-demo", "name": "X"}, headers=headers
    )
    assert answer.status_code == 403


async def test_the_last_administrator_stays_one(real: Piece) -> None:
    admin = await sign_in(real)
    me = UUID((await real.client.get("/v1/me", headers=bearer(admin))).json()["user_id"])
    address = f"/v1/users/{me}/roles"
    refused = await real.client.put(address, json={"roles": []}, headers=bearer(admin))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:trama:problem:last-admin")
    await new_user(real, roles=["admin"])
    assert (await real.client.put(address, json={"roles": []}, headers=bearer(admin))).status_code == 200


async def test_a_producers_token_says_so_and_names_its_member(real: Piece) -> None:
    form = {"kind": "producer", "name": "Milpa", "email": "milpa@queretaro.example", "password": "trama-demo"}
    member_id = (await real.client.post("/v1/members", json=form)).json()["id"]
    admin = bearer(await sign_in(real))
    await real.client.post(f"/v1/members/{member_id}/admit", headers=admin)
    answer = await sign_in(real, username="milpa@queretaro.example")
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["roles"], claims["members"]) == (["member", "producer"], [member_id])
    await real.client.post(f"/v1/members/{member_id}/suspend", headers=admin)
    again = await refresh(real, answer.json()["refresh_token"])
    claims = jwt.decode(again.json()["access_token"], options={"verify_signature": False})
    assert (claims["roles"], claims["members"]) == ([], [member_id])
    await real.client.post(f"/v1/members/{member_id}/exclude", headers=admin)
    assert (await refresh(real, again.json()["refresh_token"])).status_code == 403


async def test_more_new_passwords_at_once_than_can_be_hashed_are_put_off() -> None:
    passwords = Passwords(slots=2)
    results = await asyncio.gather(*(passwords.make(f"password {n}") for n in range(12)), return_exceptions=True)
    assert [isinstance(result, Unavailable) for result in results] == [False] * 6 + [True] * 6
    assert isinstance(await passwords.make("another one"), str)
