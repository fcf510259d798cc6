"""Whose tokens are believed, and where the keys are that check them: the network's own, or another issuer's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from kit.actor import Actor
from kit.settings import TOKEN_ALGORITHMS, Settings

type Keys = Callable[[], Awaitable[dict[str, Any]]]

#: Ours are signed so.
OWN_ALGORITHMS = ("ES256",)


@dataclass(frozen=True)
class Trust:
    """Tokens of one issuer, for us, signed in one of these ways; and in which claims they say what."""

    issuer: str
    audience: str = ""
    algorithms: tuple[str, ...] = OWN_ALGORITHMS
    #: Names in a nested claim are joined by dots: ``realm_access.roles``.
    roles_claim: str = "roles"
    members_claim: str = "members"

    def actor(self, claims: Mapping[str, Any]) -> Actor:
        """Who the token speaks of. Raises ValueError or TypeError for claims of another kind.

        A subject that is no UUID becomes one, the same each time.
        """
        members, roles = _listed(claims, self.members_claim), _listed(claims, self.roles_claim)
        return Actor(
            user_id=user_id_of(self.issuer, str(claims["sub"])),
            member_ids=frozenset(UUID(member) for member in members),
            roles=frozenset(roles),
        )


def user_id_of(issuer: str, subject: str) -> UUID:
    """The subject itself if it is a UUID, else one that follows from issuer and subject."""
    try:
        return UUID(subject)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{issuer}\n{subject}")


def _listed(claims: Mapping[str, Any], path: str) -> list[str]:
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise TypeError(f"the claim {path} is no list")
    return [str(item) for item in found]


def own(settings: Settings) -> Trust:
    """What pieces believe: the network's own tokens; another issuer's where there is no members piece to make them."""
    if settings.external_issuer and not settings.deployed("members"):
        return external(settings)
    return Trust(settings.token_issuer)


def external(settings: Settings) -> Trust:
    """The configured issuer's tokens, for us."""
    return Trust(
        issuer=settings.issuer,
        audience=settings.audience,
        algorithms=settings.token_algorithms or TOKEN_ALGORITHMS,
        roles_claim=settings.roles_claim,
        members_claim=settings.members_claim,
    )


def own_keys(settings: Settings) -> Keys:
    """The keys of ``own``."""
    if settings.external_issuer and not settings.deployed("members"):
        return external_keys(settings)
    return keys_from(settings.keys_url)


def external_keys(settings: Settings) -> Keys:
    """The keys of ``external``: at the configured address, or where the issuer says that they are."""
    return keys_from(settings.jwks_url) if settings.jwks_url else discovered(settings.issuer)


def keys_from(url: str) -> Keys:
    """Fetches a JWKS (RFC 7517) over HTTP."""

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=3) as client:
            return await _json(client, url)

    return fetch


def discovered(issuer: str) -> Keys:
    """Fetches the JWKS of an OpenID provider (OpenID Connect Discovery 1.0, sections 4.1 and 4.3).

    Raises ValueError if its document is not its own.
    """

    async def fetch() -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=3) as client:
            document = await _json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            place = document.get("jwks_uri")
            if document.get("issuer") != issuer or not isinstance(place, str) or not urlsplit(place).hostname:
                raise ValueError("the discovery document is not this issuer's")
            return await _json(client, place)

    return fetch


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
