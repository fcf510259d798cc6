"""Tokens of another issuer: taken if it signed them for us, with a key that it publishes now, and never otherwise."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import pytest

from kit import auth, trust
from kit.actor import Actor
from kit.auth import TokenVerifier
from kit.errors import Unauthenticated, Unavailable
from kit.settings import Settings
from kit.testing import issuer as issuers
from kit.testing.issuer import AUDIENCE, Issuer
from kit.testing.pieces import Runner
from kit.testing.spy import Spy


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuers.running() as found:
        yield found


def settings(issuer: Issuer, **more: Any) -> Settings:
    filled: dict[str, Any] = {"network": "tcoope", "pieces": "catalog,directory", "issuer": issuer.url}
    return Settings(**{**filled, "audience": AUDIENCE, **more})


def verifier(issuer: Issuer, **more: Any) -> TokenVerifier:
    chosen = settings(issuer, **more)
    return TokenVerifier(trust.own(chosen), trust.own_keys(chosen))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_a_token_is_taken_by_discovery_however_the_issuer_signs(issuer: Issuer, algorithm: str) -> None:
    issuer.new_key("other", algorithm)
    member = uuid4()
    actor = await verifier(issuer).verify(issuer.token(members=[str(member)], roles=["coordinator"]))
    assert (actor.member_ids, actor.roles) == (frozenset({member}), frozenset({"coordinator"}))
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_a_subject_is_the_same_user_each_time_and_a_uuid_is_itself(issuer: Issuer) -> None:
    check = verifier(issuer)
    first, again = await check.verify(issuer.token(sub="ana|1")), await check.verify(issuer.token(sub="ana|1", x=2))
    other = await check.verify(issuer.token(sub="ana|2"))
    assert first.user_id == again.user_id != other.user_id
    known = uuid4()
    assert (await check.verify(issuer.token(sub=str(known)))).user_id == known


async def test_claims_are_found_where_settings_say(issuer: Issuer) -> None:
    check = verifier(issuer, roles_claim="realm_access.roles", members_claim="https://coope.example/members")
    token = issuer.token(realm_access={"roles": ["steward"]}, roles=["admin"])
    assert (await check.verify(token)).roles == {"steward"}
    nested = verifier(issuer, members_claim="coope.members")
    member = uuid4()
    assert (await nested.verify(issuer.token(coope={"members": [str(member)]}))).member_ids == {member}


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    return ".".join([part(json.dumps(header).encode()), part(json.dumps(claims).encode()), part(signature)])


def with_public_key_as_secret(issuer: Issuer) -> str:
    """The classic: the public key is known to all, so a token signed with it as if it were a shared secret."""
    now = int(time.time())
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "ana", "iat": now, "exp": now + 300, "roles": ["admin"]}
    head = {"alg": "HS256", "typ": "JWT", "kid": "first"}
    unsigned = forged(head, claims).rpartition(".")[0]
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return forged(head, claims, algorithm.sign(unsigned.encode(), issuer.public_pem("first")))


async def test_whatever_the_issuer_did_not_sign_for_us_is_refused(issuer: Issuer) -> None:
    check, now = verifier(issuer), int(time.time())
    async with issuers.running() as another:
        foreign = another.token(iss=issuer.url)
    good = issuer.token()
    head, body, signature = good.split(".")
    bad = {
        "for another audience": issuer.token(aud="somebody-else"),
        "for no audience": issuer.token(aud=None),
        "of another issuer": issuer.token(iss="https://evil.example"),
        "by another's key of that name": foreign,
        "expired": issuer.token(iat=now - 900, exp=now - 600),
        "not yet": issuer.token(nbf=now + 600),
        "without an end": issuer.token(exp=None),
        "without a subject": issuer.token(sub=None),
        "unsigned": forged(
            {"alg": "none", "kid": "first"}, {"iss": issuer.url, "aud": AUDIENCE, "sub": "ana", "exp": now + 9}
        ),
        "signed with the public key": with_public_key_as_secret(issuer),
        "without its signature": f"{head}.{body}.",
        "with another body": f"{head}.{forged({}, {'sub': 'x'}).split('.')[1]}.{signature}",
        "of a key that is not published": issuer.token(kid="first").replace(
            head, forged({"alg": "RS256", "kid": "x"}, {}).split(".")[0]
        ),
        "of a key without a name": issuer.token().replace(head, forged({"alg": "RS256"}, {}).split(".")[0]),
        "with members that are none": issuer.token(members=["1"]),
        "with roles that are no list": issuer.token(roles="admin"),
        "nothing": "",
        "nonsense": "a.b.c",
    }
    for what, token in bad.items():
        with pytest.raises(Unauthenticated):
            pytest.fail(f"{what}: {await check.verify(token)}")
    assert isinstance(await check.verify(good), Actor)


async def test_only_the_ways_to_sign_that_settings_name_are_taken(issuer: Issuer) -> None:
    check = verifier(issuer, token_algorithms="ES256,PS256")
    with pytest.raises(Unauthenticated):
        await check.verify(issuer.token())
    issuer.new_key("curve", "ES256")
    assert isinstance(await verifier(issuer, token_algorithms="ES256,PS256").verify(issuer.token()), Actor)


async def test_a_shared_secret_among_the_keys_checks_nothing(issuer: Issuer) -> None:
    secret = base64.urlsafe_b64encode(b"x" * 32).decode()
    issuer.published.append({"kty": "oct", "k": secret, "kid": "shared", "alg": "HS256"})
    now = int(time.time())
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "ana", "iat": now, "exp": now + 300}
    token = jwt.encode(claims, b"x" * 32, algorithm="HS256", headers={"kid": "shared"})
    with pytest.raises(Unauthenticated):
        await verifier(issuer).verify(token)


async def test_a_new_key_is_looked_for_and_a_withdrawn_one_forgotten(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = verifier(issuer)
    old = issuer.token()
    await check.verify(old)
    issuer.new_key("second")
    with pytest.raises(Unauthenticated):
        await check.verify(issuer.token())
    monkeypatch.setattr(auth, "REFRESH", 0.0)
    await check.verify(issuer.token())
    assert isinstance(await check.verify(old), Actor)
    issuer.withdraw("first")
    monkeypatch.setattr(auth, "STALE", 0.0)
    await check.verify(issuer.token(sub="luz"))
    with pytest.raises(Unauthenticated):
        await check.verify(old)


async def test_a_token_of_a_withdrawn_key_is_refused_though_nobody_else_comes(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = verifier(issuer)
    old = issuer.token()
    await check.verify(old)
    issuer.new_key("second")
    issuer.withdraw("first")
    assert isinstance(await check.verify(old), Actor)
    monkeypatch.setattr(auth, "STALE", 0.0)
    assert check.remembered(old) is None
    with pytest.raises(Unauthenticated):
        await check.verify(old)


async def test_known_keys_go_on_while_the_issuer_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async with issuers.running() as issuer:
        check = verifier(issuer)
        with_known, later = issuer.token(), issuer.token(sub="luz")
        await check.verify(with_known)
    monkeypatch.setattr(auth, "STALE", 0.0)
    assert isinstance(await check.verify(later), Actor)
    with pytest.raises(Unavailable):
        await verifier(issuer).verify(later)


@pytest.mark.parametrize("lies", [{"issuer": "https://evil.example"}, {"jwks_uri": None}, {"jwks_uri": "keys"}])
async def test_a_discovery_document_of_somebody_else_is_not_believed(issuer: Issuer, lies: dict[str, Any]) -> None:
    issuer.lies = lies
    with pytest.raises(Unavailable):
        await verifier(issuer).verify(issuer.token())


async def test_keys_can_be_had_without_discovery(issuer: Issuer) -> None:
    assert isinstance(await verifier(issuer, jwks_url=f"{issuer.url}/keys").verify(issuer.token()), Actor)
    assert issuer.asked == ["/keys"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://login.example"},
        {"issuer": "http://login.example", "audience": "trama"},
        {"issuer": "login.example", "audience": "trama"},
        {"jwks_url": "https://login.example/keys"},
        {"issuer": "https://login.example", "audience": "trama", "token_algorithms": "HS256"},
        {"issuer": "https://login.example", "audience": "trama", "token_algorithms": "none"},
    ],
)
def test_settings_that_would_believe_too_much_are_refused_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"needed with|write it like|no way to sign"):
        Settings(network="tcoope", **wrong)  # type: ignore[arg-type]  # values come as text from the environment


async def test_a_network_without_the_members_piece_takes_the_issuers_word(
    spy: Spy, running: Runner, issuer: Issuer
) -> None:
    async with running(
        "directory", own_keys=True, issuer=issuer.url, audience=AUDIENCE, pieces=("directory",)
    ) as piece:
        statuses = []
        for token in (issuer.token(), issuer.token(aud="x"), with_public_key_as_secret(issuer)):
            answer = await piece.client.get("/v1/entities/own", headers={"authorization": f"Bearer {token}"})
            statuses.append(answer.status_code)
    assert statuses == [200, 401, 401]


async def test_pieces_of_a_network_with_members_believe_members_alone(issuer: Issuer) -> None:
    chosen = settings(issuer, pieces="members,catalog")
    assert trust.own(chosen) == trust.Trust("/networks/tcoope")

    async def nothing() -> dict[str, Any]:
        return {"keys": issuer.published}

    with pytest.raises(Unauthenticated):
        await TokenVerifier(trust.own(chosen), nothing).verify(issuer.token())
