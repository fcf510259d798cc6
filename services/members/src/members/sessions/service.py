"""Use cases of signing in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import TooManyRequests
from kit.ids import new_id
from members.identity import rules as identity_rules
from members.identity import service as identity
from members.membership import service as membership
from members.membership.rules import MemberRecord
from members.sessions import keys, repository, rules
from members.sessions.rules import RefreshToken, Session
from members.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Issued:
    """Tokens for a client."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Me:
    """The signed-in user, as of now: not as of when the token was made."""

    profile: identity.Profile
    roles: frozenset[str]
    members: list[MemberRecord]


def account_of(username: str) -> bytes:
    """The name that was typed, as it is kept of failed attempts: known or not, it is not readable there."""
    return hashlib.sha256(identity_rules.email_key(username).encode()).digest()


async def count_attempt(work: Work, username: str, address: str) -> None:
    """Counts an attempt as failed before it is known how it ends, so that many at once don't slip through.

    Raises TooManyRequests while the account is closed to this address, or to everyone.
    """
    account = account_of(username)
    limits = {address: rules.FREE_ATTEMPTS, "": rules.FREE_ATTEMPTS_ANYWHERE}
    known = await repository.attempts(work.connection, account, list(limits))
    until = max((row.closed_until for row in known.values()), default=work.now)
    if until > work.now:
        seconds = int((until - work.now).total_seconds()) + 1
        raise TooManyRequests(
            "too_many_attempts",
            "Too many attempts; try again in {seconds} seconds",
            seconds=seconds,
            extra={"retry_after": seconds},
        )
    rows: list[dict[str, Any]] = []
    for place, free in limits.items():
        earlier = known.get(place)
        recent = earlier is not None and work.now - earlier.last_at < rules.FORGOTTEN_AFTER
        failures = (earlier.failures if earlier is not None and recent else 0) + 1
        closed_until = work.now + rules.wait_after(failures, free)
        rows.append({"address": place, "failures": failures, "closed_until": closed_until, "last_at": work.now})
    await repository.note_attempts(work.connection, account, rows)


async def start(work: Work, settings: Settings, user_id: UUID, *, username: str, address: str) -> Issued:
    """Begins a session of someone whose password was right. Raises Forbidden if they may not sign in."""
    await repository.forget_attempts(work.connection, account_of(username), [address, ""])
    token = RefreshToken(new_id(), secrets.token_urlsafe(32))
    issued = await _issue(work, settings, user_id, token)
    session = Session(
        user_id=user_id,
        salt=secrets.token_bytes(32),
        current_hash=token.hash,
        previous_hash=None,
        started_at=work.now,
        rotated_at=work.now,
        expires_at=rules.session_end(work.now, work.now, settings.refresh_days),
        revoked_at=None,
    )
    await repository.add_session(work.connection, token.session_id, session)
    return issued


async def refresh(work: Work, settings: Settings, token: RefreshToken) -> Issued | None:
    """New tokens for a refresh token. None if it is good for nothing; if it was used before, its session ends with it.

    Raises Forbidden if the user may not sign in any more.
    """
    session = await repository.lock_session(work.connection, token.session_id)
    if session is None:
        return None
    verdict = rules.judge(session, token, work.now)
    if verdict == "over":
        return None
    if verdict == "reused":
        log.warning("refresh_token_reused", session=str(token.session_id))
        await repository.revoke(work.connection, token.session_id, work.now)
        return None
    following = token.successor(session.salt)
    if verdict == "rotate":
        expires = rules.session_end(session.started_at, work.now, settings.refresh_days)
        await repository.rotate(
            work.connection,
            token.session_id,
            current=following.hash,
            previous=token.hash,
            now=work.now,
            expires=expires,
        )
    return await _issue(work, settings, session.user_id, following)


async def end(work: Work, token: RefreshToken) -> None:
    """Signs out: the session's refresh token is good for nothing from now on."""
    session = await repository.lock_session(work.connection, token.session_id)
    if session is not None and rules.judge(session, token, work.now) != "over":
        await repository.revoke(work.connection, token.session_id, work.now)


async def _issue(work: Work, settings: Settings, user_id: UUID, token: RefreshToken) -> Issued:
    granted = await identity.roles_granted(work.connection, user_id)
    who = rules.reach(granted, await membership.belongings(work.connection, user_id, work.now))
    life = timedelta(minutes=settings.access_minutes)
    key = rules.signer(await repository.keys(work.connection), work.now)
    claims = rules.claims(settings.token_issuer, user_id, who, work.now, life)
    signed = keys.sign(claims, key.kid, await repository.private_key(work.connection, key.kid))
    return Issued(signed, str(token), int(life.total_seconds()))


async def me(connection: AsyncConnection, user_id: UUID, now: datetime) -> Me:
    """Raises NotFound for a user of another issuer, Forbidden for one who may not sign in any more."""
    profile = await identity.profile(connection, user_id)
    members = await membership.belongings(connection, user_id, now)
    return Me(profile, rules.reach(profile.roles, members).roles, members)


async def ensure_key(work: Work) -> None:
    """Makes the first signing key. Replicas that start together make one."""
    await repository.lock_keys(work.connection)
    if not await repository.keys(work.connection):
        await repository.add_key(work.connection, keys.new_pair(), made_at=work.now, signs_from=work.now)


async def rotate_keys(work: Work, settings: Settings) -> None:
    """Makes a new key when the newest is old, published a while before it signs; drops those that are done with."""
    await repository.lock_keys(work.connection)
    known = await repository.keys(work.connection)
    if rules.is_key_due(known, work.now, timedelta(days=settings.key_days)):
        signs_from = work.now + rules.KEY_LEAD
        await repository.add_key(work.connection, keys.new_pair(), made_at=work.now, signs_from=signs_from)
    done = rules.retired(known, work.now, timedelta(minutes=settings.access_minutes))
    await repository.remove_keys(work.connection, [key.kid for key in done])


async def jwks(connection: AsyncConnection) -> dict[str, Any]:
    """The public halves of all keys whose tokens may be about (RFC 7517)."""
    return {"keys": await repository.public_keys(connection)}


async def tidy(work: Work) -> None:
    """Forgets attempts that count no more and sessions that ended a month ago."""
    await repository.prune(
        work.connection,
        attempts_before=work.now - rules.FORGOTTEN_AFTER,
        sessions_before=work.now - timedelta(days=30),
    )
