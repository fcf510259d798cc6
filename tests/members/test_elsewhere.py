"""Signing in at another issuer, and the keys that sign our own tokens: changed, sealed, lost."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import text

from kit import auth, trust
from kit.actor import Actor
from kit.auth import TokenVerifier
from kit.errors import Unauthenticated
from kit.testing import issuer as issuers
from kit.testing.issuer import AUDIENCE, Issuer
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from members.sessions import keys, signing
from tests.members.people import ADMIN, ADMIN_EMAIL, apply, bearer, claims, refresh, sign_in, signed_in

LUNA = "luna@queretaro.example"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuers.running() as found:
        yield found


@pytest.fixture
async def piece(spy: Spy, running: Runner, issuer: Issuer) -> AsyncIterator[Piece]:
    """A members piece whose people sign in at the other issuer."""
    async with running("members", own_keys=True, issuer=issuer.url, audience=AUDIENCE, **ADMIN) as members:
        yield members


async def exchange(piece: Piece, token: str) -> httpx.Response:
    return await piece.client.post("/v1/token", data={"grant_type": EXCHANGE, "subject_token": token})


async def users(piece: Piece) -> int:
    async with piece.database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM users"))).scalar_one())


async def test_a_subject_becomes_a_user_at_first_sight_and_stays_the_same(piece: Piece, issuer: Issuer) -> None:
    first = await exchange(piece, issuer.token(sub="f:1:ana", name="Ana Luz", email=LUNA, email_verified=True))
    me = await claims(piece, bearer(first))
    assert (me["name"], me["email"], me["members"], me["roles"]) == ("Ana Luz", LUNA, [], [])
    again = await claims(piece, bearer(await exchange(piece, issuer.token(sub="f:1:ana", name="Other"))))
    assert again == me
    assert (await refresh(piece, first)).status_code == 200
    other = await claims(piece, bearer(await exchange(piece, issuer.token(sub="f:1:luz"))))
    assert other["user_id"] != me["user_id"]


async def test_the_applicant_of_a_verified_address_acts_for_the_member(piece: Piece, issuer: Issuer) -> None:
    member_id = (await apply(piece, LUNA)).json()["id"]
    admin = bearer(await exchange(piece, issuer.token(sub="admin", email=ADMIN_EMAIL, email_verified=True)))
    assert (await piece.client.post(f"/v1/members/{member_id}/admit", headers=admin)).status_code == 200
    before = await users(piece)
    ana = bearer(await exchange(piece, issuer.token(sub="ana", email=LUNA.upper(), email_verified=True)))
    assert [m["id"] for m in (await claims(piece, ana))["members"]] == [member_id]
    assert await users(piece) == before
    async with piece.database.reading() as connection:
        kept = await connection.execute(text("SELECT password_hash FROM users WHERE email = :e"), {"e": LUNA})
        assert kept.scalar_one() is None, "whoever applied may not have been the owner of the address"


@pytest.mark.parametrize("said", [{}, {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}])
async def test_an_address_that_the_issuer_does_not_vouch_for_is_nobodys(
    piece: Piece, issuer: Issuer, said: dict[str, Any]
) -> None:
    thief = await exchange(piece, issuer.token(sub="thief", email=ADMIN_EMAIL, **said))
    me = await claims(piece, bearer(thief))
    assert (me["email"], me["roles"]) == (None, [])


@pytest.mark.parametrize("claimed", [{"roles": ["admin"]}, {"members": ["00000000-0000-7000-8000-000000000000"]}])
async def test_roles_and_members_are_ours_to_give(piece: Piece, issuer: Issuer, claimed: dict[str, Any]) -> None:
    me = await claims(piece, bearer(await exchange(piece, issuer.token(**claimed))))
    assert (me["roles"], me["members"]) == ([], [])


async def test_what_is_no_good_token_of_the_issuer_is_refused(piece: Piece, issuer: Issuer) -> None:
    good = issuer.token()
    bad = [
        "",
        "nonsense",
        issuer.token(aud="somebody-else"),
        issuer.token(iss="https://evil.example"),
        issuer.token(exp=1),
        issuer.token(sub="x" * 300),
        issuer.token(sub=""),
        issuer.token(sub="a\nb"),
        good[:-4],
    ]
    assert {(await exchange(piece, token)).status_code for token in bad} == {401}
    direct = await piece.client.get("/v1/me", headers={"authorization": f"Bearer {good}"})
    assert direct.status_code == 401, "our pieces take our own tokens alone"


async def test_passwords_and_codes_are_the_other_issuers_matter(piece: Piece) -> None:
    password = await sign_in(piece)
    assert (password.status_code, password.json()["type"]) == (422, "urn:trama:problem:signs-in-elsewhere")
    assert password.json()["error"] == "unsupported_grant_type"
    for place in ("token/codes", "password-resets"):
        answer = await piece.client.post(f"/v1/{place}", json={"username": ADMIN_EMAIL})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:signs-in-elsewhere")


async def test_where_one_signs_in_here_no_token_is_exchanged(spy: Spy, running: Runner, issuer: Issuer) -> None:
    async with running("members", own_keys=True, **ADMIN) as here:
        answer = await exchange(here, issuer.token())
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:grant-unknown")


# Our own keys.


@pytest.fixture
async def own(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("members", own_keys=True, key_secret="a secret of this network", **ADMIN) as members:
        yield members


def elsewhere(own: Piece) -> TokenVerifier:
    """How another piece checks: with the keys that it fetched from members."""

    async def fetch() -> dict[str, Any]:
        found: dict[str, Any] = (await own.client.get("/v1/jwks.json")).json()
        return found

    return TokenVerifier(trust.own(own.app.state.settings), fetch)


def token_of(answer: httpx.Response) -> str:
    return str(answer.json()["access_token"])


async def rotate(own: Piece, **body: Any) -> dict[str, Any]:
    answer = await own.client.post("/v1/keys/rotate", json=body, headers=await signed_in(own))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_rotation_out_of_turn_signs_nobody_out_in_any_piece(
    own: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = elsewhere(own)
    before = await sign_in(own)
    await other.verify(token_of(before))
    done = await rotate(own, reason="a drill")
    assert done["removed"] == []
    still = await refresh(own, before)
    assert jwt.get_unverified_header(token_of(still))["kid"] != done["kid"]
    async with own.database.transaction() as work:
        await work.execute(text("UPDATE signing_keys SET signs_from = signs_from - interval '11 seconds'"))
    after = await refresh(own, still)
    assert jwt.get_unverified_header(token_of(after))["kid"] == done["kid"]
    # Eleven seconds are longer than a piece waits before it looks for a key that it doesn't know.
    monkeypatch.setattr(auth, "REFRESH", 0.0)
    for answer in (before, still, after):
        assert isinstance(await other.verify(token_of(answer)), Actor)
        assert (await own.client.get("/v1/me", headers=bearer(answer))).status_code == 200


async def test_compromised_keys_are_refused_at_once_here_and_within_a_minute_elsewhere(
    own: Piece, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = elsewhere(own)
    before = await sign_in(own)
    await other.verify(token_of(before))
    done = await rotate(own, compromised=True)
    assert len(done["removed"]) == 1
    assert (await own.client.get("/v1/me", headers=bearer(before))).status_code == 401
    after = await refresh(own, before)
    assert (await own.client.get("/v1/me", headers=bearer(after))).status_code == 200
    monkeypatch.setattr(auth, "STALE", 0.0)
    monkeypatch.setattr(auth, "REFRESH", 0.0)
    await other.verify(token_of(after))
    with pytest.raises(Unauthenticated):
        await other.verify(token_of(before))


async def test_only_administrators_change_keys(own: Piece) -> None:
    assert (await own.client.post("/v1/keys/rotate", json={})).status_code == 401
    answer = await own.client.post("/v1/keys/rotate", json={"soon": True}, headers=await signed_in(own))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/soon")


def test_a_sealed_key_is_opened_by_its_secret_and_under_its_name_alone() -> None:
    pair, secret = keys.new_pair(), b"s" * 32
    kept = keys.sealed(pair.private_pem, pair.kid, secret)
    assert "PRIVATE KEY" not in kept
    assert keys.sealed(kept, pair.kid, secret) == kept
    assert keys.unsealed(kept, pair.kid, secret) == pair.private_pem
    assert keys.unsealed(kept, "another", secret) is None
    assert keys.unsealed(kept, pair.kid, b"x" * 32) is None
    assert keys.unsealed(kept, pair.kid, b"") is None
    assert keys.unsealed(keys.sealed(pair.private_pem, pair.kid, b""), pair.kid, b"") == pair.private_pem


async def kept_keys(piece: Piece) -> list[str]:
    async with piece.database.reading() as connection:
        return list((await connection.execute(text("SELECT private_pem FROM signing_keys"))).scalars())


async def test_keys_are_sealed_when_a_secret_is_set_and_replaced_when_it_is_lost(spy: Spy, running: Runner) -> None:
    async with running("members", own_keys=True, **ADMIN) as bare:
        before = await sign_in(bare)
        assert "PRIVATE KEY" in (await kept_keys(bare))[0]
        async with running("members", own_keys=True, database_url=bare.database_url, key_secret="one") as sealed:
            assert ["PRIVATE KEY" in kept for kept in await kept_keys(sealed)] == [False]
            assert (await refresh(sealed, before)).status_code == 200
        async with running("members", own_keys=True, database_url=bare.database_url, key_secret="two") as lost:
            assert len(await kept_keys(lost)) == 2
            after = await sign_in(lost)
            for answer in (before, after):
                assert (await lost.client.get("/v1/me", headers=bearer(answer))).status_code == 200


async def test_without_a_key_that_can_be_read_signing_in_is_put_off_and_nothing_breaks(own: Piece) -> None:
    async with own.database.transaction() as work:
        await work.execute(text("UPDATE signing_keys SET private_pem = 'aes-256-gcm:' || encode('x', 'base64')"))
    answer = await sign_in(own)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:trama:problem:keys-unreadable")
    async with own.database.transaction() as work:
        await signing.ensure_key(work, own.app.state.settings)
    assert (await sign_in(own)).status_code == 200
