"""Signing keys: ES256 (RFC 7518), each with a name of its own."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class KeyPair:
    """The private half (PEM) is for this service's database only; the public half is a JWK (RFC 7517)."""

    kid: str
    private_pem: str
    public_jwk: dict[str, Any]


def new_pair() -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    kid = secrets.token_urlsafe(12)
    jwk: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    return KeyPair(kid, pem.decode(), {**jwk, "kid": kid, "alg": "ES256", "use": "sig"})


def sign(claims: dict[str, object], kid: str, private_pem: str) -> str:
    """A compact JWT."""
    return jwt.encode(claims, private_pem, algorithm="ES256", headers={"kid": kid})
