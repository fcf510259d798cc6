"""Use cases of signing in."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Database, Work
from kit.ids import new_id
from members.identity import proving, throttle
from members.identity import service as identity
from members.identity.passwords import Passwords
from members.membership import service as membership
from members.membership.rules import MemberRecord
from members.sessions import repository, rules, signing
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


async def sign_in(
    database: Database, passwords: Passwords, settings: Settings, *, username: str, password: str, address: str
) -> Issued:
    """Begins a session of whoever has this name and password. No transaction is open while a password is checked.

    Raises Unauthenticated, after the same work for a name that nobody has; Forbidden for an applicant, whether or not
    the address that they applied with was somebody's already; TooManyRequests.
    """
    async with database.transaction() as work:
        known = await identity.credentials(work.connection, settings, username)
        account = throttle.account_of("sign-in", known.account)
        await throttle.count(work, account, address)
        applications = await proving.applications(work.connection, known.name)
    right = await passwords.matches(known.password_hash, password)
    applied = [member for member, hashed in applications if await passwords.matches(hashed, password)]
    async with database.transaction() as work:
        if known.user_id is not None and right:
            await throttle.forget(work, account, address)
            return await start(work, settings, known.user_id)
        standings = await membership.standings(work.connection, applied, work.now)
        if "applied" in standings.values():
            raise rules.not_admitted_yet()
    raise rules.credentials_wrong()


async def start(work: Work, settings: Settings, user_id: UUID) -> Issued:
    """Begins a session of someone who has proved who they are. Raises Forbidden if they may not sign in."""
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
    claims = rules.claims(settings.token_issuer, user_id, who, work.now, life)
    signed = await signing.sign(work, settings, claims)
    return Issued(signed, str(token), int(life.total_seconds()))


async def me(connection: AsyncConnection, user_id: UUID, now: datetime) -> Me:
    """Raises NotFound for a user of another issuer, Forbidden for one who may not sign in any more."""
    profile = await identity.profile(connection, user_id)
    members = await membership.belongings(connection, user_id, now)
    return Me(profile, rules.reach(profile.roles, members).roles, members)


async def tidy(work: Work) -> None:
    """Forgets attempts and secrets that count no more, and sessions that ended a month ago."""
    await proving.tidy(work)
    await repository.prune(work.connection, sessions_before=work.now - timedelta(days=30))
