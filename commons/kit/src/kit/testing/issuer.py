"""A small OpenID provider for tests: a discovery document, keys that change, tokens of any kind, over real HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "trama"


class Issuer:
    """``issuer.token(sub="ana")`` is signed by its newest key."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: dict[str, Any] = {}
        self.published: list[dict[str, Any]] = []
        #: What the discovery document says, if it is to lie.
        self.lies: dict[str, Any] = {}
        self.asked: list[str] = []

    def new_key(self, kid: str, algorithm: str = "RS256") -> None:
        """Publishes another key, which signs from now on."""
        key: Any
        if algorithm.startswith("ES"):
            key = ec.generate_private_key(ec.SECP256R1())
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self.keys[kid] = (key, algorithm)
        self.published.append({**public, "kid": kid, "alg": algorithm, "use": "sig"})

    def withdraw(self, kid: str) -> None:
        self.published = [key for key in self.published if key["kid"] != kid]

    def public_pem(self, kid: str) -> bytes:
        """The public half, as anybody could write it."""
        pem: bytes = (
            self.keys[kid][0]
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return pem

    def token(self, *, kid: str | None = None, **claims: Any) -> str:
        kid = kid or list(self.keys)[-1]
        key, algorithm = self.keys[kid]
        now = int(time.time())
        filled = {"iss": self.url, "aud": AUDIENCE, "sub": "ana", "iat": now, "exp": now + 300, **claims}
        return jwt.encode(filled, key, algorithm=algorithm, headers={"kid": kid})

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        self.asked.append(path)
        documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.lies},
            "/keys": {"keys": self.published},
        }
        body = json.dumps(documents.get(path, {})).encode()
        status = "200 OK" if path in documents else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[Issuer]:
    """An issuer on a free port of this machine, with a key, for as long as the block lasts."""
    issuer = Issuer()
    issuer.new_key("first")
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield issuer
