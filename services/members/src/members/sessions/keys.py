"""Signing keys: ES256 (RFC 7518), each with a name of its own, sealed while they lie in the database."""

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


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


#: What a sealed private half begins with: AES-256-GCM, then nonce and content in base64.
SEALED = "aes-256-gcm:"


def sealed(private_pem: str, kid: str, secret: bytes) -> str:
    """The private half as it is kept: under the secret (32 bytes) if there is one, for this name of a key alone."""
    if not secret or private_pem.startswith(SEALED):
        return private_pem
    nonce = secrets.token_bytes(12)
    content = AESGCM(secret).encrypt(nonce, private_pem.encode(), kid.encode())
    return SEALED + base64.b64encode(nonce + content).decode()


def unsealed(kept: str, kid: str, secret: bytes) -> str | None:
    """The private half; None if it was sealed under another secret, or somebody changed it."""
    if not kept.startswith(SEALED):
        return kept
    if not secret:
        return None
    try:
        raw = base64.b64decode(kept.removeprefix(SEALED))
        return AESGCM(secret).decrypt(raw[:12], raw[12:], kid.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def sign(claims: dict[str, object], kid: str, private_pem: str) -> str:
    """A compact JWT."""
    return jwt.encode(claims, private_pem, algorithm="ES256", headers={"kid": kid})
