"""SQL of sessions and keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from members.sessions.keys import KeyPair
from members.sessions.models import KeyRow, SessionRow
from members.sessions.rules import Session, SigningKey

_KEY_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('trama-members-keys'))")


async def add_session(connection: AsyncConnection, session_id: UUID, session: Session) -> None:
    await connection.execute(
        insert(SessionRow).values(
            id=session_id,
            user_id=session.user_id,
            salt=session.salt,
            current_hash=session.current_hash,
            started_at=session.started_at,
            rotated_at=session.rotated_at,
            expires_at=session.expires_at,
        )
    )


async def lock_session(connection: AsyncConnection, session_id: UUID) -> Session | None:
    """The session, for this transaction alone to change."""
    statement = (
        select(
            SessionRow.user_id,
            SessionRow.salt,
            SessionRow.current_hash,
            SessionRow.previous_hash,
            SessionRow.started_at,
            SessionRow.rotated_at,
            SessionRow.expires_at,
            SessionRow.revoked_at,
        )
        .where(SessionRow.id == session_id)
        .with_for_update()
    )
    row = (await connection.execute(statement)).one_or_none()
    return Session(*row) if row else None


async def rotate(
    connection: AsyncConnection, session_id: UUID, *, current: bytes, previous: bytes, now: datetime, expires: datetime
) -> None:
    await connection.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id)
        .values(current_hash=current, previous_hash=previous, rotated_at=now, expires_at=expires)
    )


async def revoke(connection: AsyncConnection, session_id: UUID, now: datetime) -> None:
    await connection.execute(
        update(SessionRow).where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None)).values(revoked_at=now)
    )


async def revoke_all(connection: AsyncConnection, user_id: UUID, now: datetime) -> None:
    """Ends every session of the user."""
    await connection.execute(
        update(SessionRow).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None)).values(revoked_at=now)
    )


async def prune(connection: AsyncConnection, *, sessions_before: datetime) -> None:
    """Removes sessions that ended long ago."""
    await connection.execute(delete(SessionRow).where(SessionRow.expires_at < sessions_before))


async def lock_keys(connection: AsyncConnection) -> None:
    """Nobody else makes or removes keys until this transaction ends."""
    await connection.execute(_KEY_LOCK)


async def keys(connection: AsyncConnection) -> list[SigningKey]:
    rows = await connection.execute(select(KeyRow.kid, KeyRow.made_at, KeyRow.signs_from))
    return [SigningKey(*row) for row in rows]


async def add_key(
    connection: AsyncConnection, pair: KeyPair, *, kept: str, made_at: datetime, signs_from: datetime
) -> None:
    await connection.execute(
        insert(KeyRow).values(
            kid=pair.kid,
            private_pem=kept,
            public_jwk=pair.public_jwk,
            made_at=made_at,
            signs_from=signs_from,
        )
    )


async def remove_keys(connection: AsyncConnection, kids: Sequence[str]) -> None:
    await connection.execute(delete(KeyRow).where(KeyRow.kid.in_(kids)))


async def keep_private_key(connection: AsyncConnection, kid: str, kept: str) -> None:
    """Keeps the private half in another form."""
    await connection.execute(update(KeyRow).where(KeyRow.kid == kid).values(private_pem=kept))


async def private_key(connection: AsyncConnection, kid: str) -> str:
    return (await connection.execute(select(KeyRow.private_pem).where(KeyRow.kid == kid))).scalar_one()


async def public_keys(connection: AsyncConnection) -> list[dict[str, Any]]:
    return list((await connection.execute(select(KeyRow.public_jwk).order_by(KeyRow.signs_from))).scalars())
