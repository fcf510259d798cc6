"""The same ``Idempotency-Key`` is the same request: kept for a day, in the transaction that did the work.

Follows draft-ietf-httpapi-idempotency-key-header: same key and body, same answer; other body 422; still under way 409.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.errors import Conflict, Invalid
from kit.tables import idempotency

KEPT = timedelta(hours=24)
_REPLAYED_HEADERS = ("content-type", "location", "etag")


@dataclass(frozen=True)
class Key:
    """Whose key it is, and a hash of all that was asked with it."""

    scope: str
    key: str
    request_hash: bytes


def key_of(request: Request, body: bytes) -> Key | None:
    """The request's key, if it carries one. Raises Invalid for one that is empty or too long."""
    raw = request.headers.get("idempotency-key")
    if raw is None:
        return None
    value = raw.strip().strip('"')
    if not 1 <= len(value) <= 200:
        raise Invalid("idempotency_key_invalid", "An Idempotency-Key has 1 to 200 characters")
    actor = getattr(request.state, "actor", None)
    scope = f"{actor.user_id if actor else 'anyone'} {request.method} {request.url.path}"
    return Key(scope, value, hashlib.sha256(body + b"\0" + request.url.query.encode()).digest())


async def earlier_answer(connection: AsyncConnection, key: Key) -> Response | None:
    """The answer that this key got before. Raises Conflict while it is under way, Invalid if it was another request."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{key.scope}\n{key.key}", 0))
    if not (await connection.execute(select(lock))).scalar_one():
        raise Conflict("idempotency_in_progress", "A request with this Idempotency-Key is still under way; try again")
    row = (
        await connection.execute(
            select(idempotency).where(idempotency.c.scope == key.scope, idempotency.c.key == key.key)
        )
    ).one_or_none()
    if row is None:
        return None
    if row.request_hash != key.request_hash:
        raise Invalid("idempotency_key_reused", "This Idempotency-Key was used for another request; take a new one")
    return Response(content=row.body, status_code=row.status, headers={**row.headers, "idempotency-replayed": "true"})


async def remember(connection: AsyncConnection, key: Key, response: Response) -> None:
    """Keeps the answer, to be committed with the work that it tells of."""
    await connection.execute(
        insert(idempotency).values(
            scope=key.scope,
            key=key.key,
            request_hash=key.request_hash,
            status=response.status_code,
            headers={name: response.headers[name] for name in _REPLAYED_HEADERS if name in response.headers},
            body=bytes(response.body),
        )
    )
