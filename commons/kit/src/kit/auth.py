"""Who is asking: signed tokens, checked against their issuer's published keys in every piece.

A checked token is remembered by its hash until it expires: checking costs about a hundred microseconds, looking up less
than one.
"""

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import httpx
import jwt
from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from kit.actor import Actor
from kit.errors import Forbidden, Unauthenticated, Unavailable
from kit.trust import Keys, Trust

REMEMBERED = 10_000
#: Seconds between two looks at the keys because of a token with an unknown one.
REFRESH = 5.0
#: Seconds after which keys are looked at again in any case: one may have been withdrawn.
STALE = 60.0
#: Kinds of key that others can check with and not sign.
PUBLIC_KINDS = frozenset({"RSA", "EC", "OKP"})


class TokenVerifier:
    """Checks tokens of one issuer; a name alone means one of the network's own. ``keys`` fetches its JWKS (RFC 7517)."""

    def __init__(self, issuer: str | Trust, keys: Keys) -> None:
        self._trust = Trust(issuer) if isinstance(issuer, str) else issuer
        self._fetch = keys
        self._keys: dict[str, jwt.PyJWK] = {}
        #: When the keys were last looked at, on the clock of time.monotonic().
        self._fetched = -math.inf
        self._lock = asyncio.Lock()
        self._remembered: dict[bytes, tuple[float, Actor]] = {}

    def remembered(self, token: str) -> Actor | None:
        """The actor of a token that was checked before and has not expired since; None where the keys have to be
        looked at again first, for the one that signed it may have been withdrawn."""
        if time.monotonic() - self._fetched > STALE:
            return None
        known = self._remembered.get(_digest(token))
        return known[1] if known is not None and known[0] > time.time() else None

    def forget(self) -> None:
        """Keys and tokens are looked at anew from now on: something was withdrawn."""
        self._keys, self._fetched = {}, -math.inf
        self._remembered.clear()

    async def verify(self, token: str) -> Actor:
        """The token's actor. Raises Unauthenticated for a bad token, Unavailable if the keys can't be had."""
        known = self.remembered(token)
        if known is not None:
            return known
        claims = await self.claims(token)
        try:
            actor = self._trust.actor(claims)
        except (ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again") from error
        while len(self._remembered) >= REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[_digest(token)] = (float(claims["exp"]), actor)
        return actor

    async def claims(self, token: str) -> dict[str, Any]:
        """What the token says. Raises as ``verify``."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(self._trust.algorithms),
                issuer=self._trust.issuer,
                audience=self._trust.audience or None,
                options={"require": ["exp", "iat", "sub", "iss"], "verify_aud": bool(self._trust.audience)},
                leeway=5,
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("token_expired", "This token has expired; refresh it or sign in again") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again") from error
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK:
        age = time.monotonic() - self._fetched
        if age > (STALE if kid in self._keys else REFRESH):
            async with self._lock:
                if time.monotonic() - self._fetched >= age:
                    await self._refresh(needed=kid not in self._keys)
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("token_invalid", "This token can't be used; sign in again")
        return key

    async def _refresh(self, *, needed: bool) -> None:
        """Takes the keys as they are now. While they can't be had, those that are known go on."""
        try:
            published = await self._fetch()
            keys = [jwt.PyJWK(key) for key in published["keys"] if _is_usable(key)]
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            if needed:
                raise Unavailable("keys_unavailable", "Tokens can't be checked just now; try again shortly") from error
            self._fetched = time.monotonic() - STALE + REFRESH
            return
        found = {key.key_id: key for key in keys if key.key_id}
        if not self._keys.keys() <= found.keys():
            # A key was withdrawn: whatever it signed is checked again, and refused.
            self._remembered.clear()
        self._keys = found
        self._fetched = time.monotonic()


def _is_usable(key: dict[str, Any]) -> bool:
    """Whether it is a public key to check signatures with, of a kind that is known here."""
    usable = key.get("kty") in PUBLIC_KINDS and key.get("use", "sig") == "sig" and key.get("kid")
    return bool(usable) and key.get("crv") not in {"secp256k1", "X25519", "X448"}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


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
