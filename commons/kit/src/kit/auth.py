"""Who is asking: ES256 tokens, checked against the network's published keys in every piece.

A checked token is remembered by its hash until it expires: checking costs about a hundred microseconds, looking up less
than one.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import httpx
import jwt
from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from kit.actor import Actor
from kit.errors import Forbidden, Unauthenticated, Unavailable

REMEMBERED = 10_000
#: Seconds between two looks at the keys because of a token with an unknown one.
REFRESH = 5.0

type Keys = Callable[[], Awaitable[dict[str, Any]]]


class TokenVerifier:
    """Checks tokens of one issuer. ``keys`` fetches its JWKS (RFC 7517)."""

    def __init__(self, issuer: str, keys: Keys) -> None:
        self._issuer = issuer
        self._fetch = keys
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = 0.0
        self._lock = asyncio.Lock()
        self._remembered: dict[bytes, tuple[float, Actor]] = {}

    def remembered(self, token: str) -> Actor | None:
        """The actor of a token that was checked before and has not expired since."""
        known = self._remembered.get(_digest(token))
        return known[1] if known is not None and known[0] > time.time() else None

    async def verify(self, token: str) -> Actor:
        """The token's actor. Raises Unauthenticated for a bad token, Unavailable if the keys can't be had."""
        known = self.remembered(token)
        if known is not None:
            return known
        claims = await self._claims(token)
        try:
            actor = Actor(
                user_id=UUID(claims["sub"]),
                member_ids=frozenset(UUID(member) for member in claims.get("members", [])),
                roles=frozenset(str(role) for role in claims.get("roles", [])),
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again") from error
        while len(self._remembered) >= REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[_digest(token)] = (float(claims["exp"]), actor)
        return actor

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["ES256"],
                issuer=self._issuer,
                options={"require": ["exp", "iat", "sub", "iss"], "verify_aud": False},
                leeway=5,
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("token_expired", "This token has expired; refresh it or sign in again") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again") from error
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys and time.monotonic() - self._fetched > REFRESH:
                    await self._refresh()
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again")
        return key

    async def _refresh(self) -> None:
        try:
            published = await self._fetch()
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable("keys_unavailable", "Tokens can't be checked just now; try again shortly") from error
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(published).keys if key.key_id}
        self._fetched = time.monotonic()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def keys_from(url: str) -> Keys:
    """Fetches a JWKS over HTTP."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=3) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            published: dict[str, Any] = answer.json()
            return published

    return fetch


oauth2 = OAuth2PasswordBearer(tokenUrl="/v1/token", auto_error=False)


async def authenticate(request: Request) -> Actor | None:
    """The request's actor, or None without a token. Checked once a request. Raises as ``TokenVerifier.verify``."""
    if not hasattr(request.state, "actor"):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        verifier: TokenVerifier = request.app.state.verifier
        request.state.actor = await verifier.verify(token.strip()) if scheme.lower() == "bearer" else None
    actor: Actor | None = request.state.actor
    return actor


async def _maybe_actor(request: Request, _token: Annotated[str | None, Depends(oauth2)]) -> Actor | None:
    return await authenticate(request)


MaybeActorDep = Annotated[Actor | None, Depends(_maybe_actor)]


async def _actor(actor: MaybeActorDep) -> Actor:
    if actor is None:
        raise Unauthenticated("token_missing", "Sign in first: send a token in the Authorization header")
    return actor


ActorDep = Annotated[Actor, Depends(_actor)]


def require(*roles: str) -> Callable[..., Awaitable[Actor]]:
    """A dependency that lets only actors with one of the roles pass (an admin always does)."""

    async def check(actor: ActorDep) -> Actor:
        if not actor.has(*roles):
            raise Forbidden("role_missing", "Only for {roles}", roles=", ".join(sorted(roles)))
        return actor

    return check
