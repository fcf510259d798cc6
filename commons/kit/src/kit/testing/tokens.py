"""Tokens for tests, signed with a key of their own."""

import base64
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


class Tokens:
    """``tokens.actor(roles=["coordinator"], members=[id])`` gives the headers of such a user."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        self.jwks = {
            "keys": [
                {
                    "kty": "EC",
                    "crv": "P-256",
                    "alg": "ES256",
                    "use": "sig",
                    "kid": "test",
                    "x": _b64(point.x),
                    "y": _b64(point.y),
                }
            ]
        }

    async def keys(self) -> dict[str, Any]:
        return self.jwks

    def token(
        self,
        roles: Iterable[str] = (),
        members: Iterable[UUID] = (),
        user_id: UUID | None = None,
        **claims: Any,
    ) -> str:
        now = int(time.time())
        payload = {
            "iss": self._issuer,
            "sub": str(user_id or uuid4()),
            "members": [str(member) for member in members],
            "roles": list(roles),
            "iat": now,
            "exp": now + 900,
            **claims,
        }
        return jwt.encode(payload, self._key, algorithm="ES256", headers={"kid": "test"})

    def actor(
        self, roles: Iterable[str] = (), members: Iterable[UUID] = (), user_id: UUID | None = None
    ) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(roles, members, user_id)}"}
