"""Use cases of the keys that sign: made, changed in time or at once, kept under the network's secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database import Work
from kit.errors import Unavailable
from members.sessions import keys, repository, rules
from members.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Rotated:
    """The new key, from when on it signs, and those that are good no more."""

    kid: str
    signs_from: datetime
    removed: list[str]


def _secret(settings: Settings) -> bytes:
    return settings.secret_for("signing keys")


async def sign(work: Work, settings: Settings, claims: dict[str, object]) -> str:
    """A token (RFC 7519) by the key whose turn it is. Raises Unavailable if no key can be read."""
    for key in rules.signers(await repository.keys(work.connection), work.now):
        kept = await repository.private_key(work.connection, key.kid)
        private_pem = keys.unsealed(kept, key.kid, _secret(settings))
        if private_pem is not None:
            return keys.sign(claims, key.kid, private_pem)
    raise Unavailable("keys_unreadable", "Nobody can sign in just now; try again shortly")


async def ensure_key(work: Work, settings: Settings) -> None:
    """Makes the first signing key, or another one if none can be read under the secret that is set; seals those that
    are not. Replicas that start together make one."""
    await repository.lock_keys(work.connection)
    readable = False
    for key in await repository.keys(work.connection):
        kept = await repository.private_key(work.connection, key.kid)
        private_pem = keys.unsealed(kept, key.kid, _secret(settings))
        if private_pem is None:
            log.warning("signing_key_unreadable", kid=key.kid, why="TRAMA_KEY_SECRET is another one than it was")
            continue
        readable = readable or key.signs_from <= work.now
        if (again := keys.sealed(kept, key.kid, _secret(settings))) != kept:
            await repository.keep_private_key(work.connection, key.kid, again)
    if not readable:
        await _add(work, settings, work.now)


async def rotate_keys(work: Work, settings: Settings) -> None:
    """Makes a new key when the newest is old, published a while before it signs; drops those that are done with."""
    await repository.lock_keys(work.connection)
    known = await repository.keys(work.connection)
    if rules.is_key_due(known, work.now, timedelta(days=settings.key_days)):
        await _add(work, settings, work.now + rules.KEY_LEAD)
    done = rules.retired(known, work.now, timedelta(minutes=settings.access_minutes))
    await repository.remove_keys(work.connection, [key.kid for key in done])


async def rotate_now(work: Work, settings: Settings, *, compromised: bool) -> Rotated:
    """Makes a key that signs as soon as every piece can have it. If the others are ``compromised`` it signs at once and
    they are removed: what they signed is refused from now on, and a refresh gives a new token."""
    await repository.lock_keys(work.connection)
    known = [key.kid for key in await repository.keys(work.connection)]
    removed = known if compromised else []
    await repository.remove_keys(work.connection, removed)
    signs_from = work.now if compromised else work.now + rules.KEY_SOON
    kid = await _add(work, settings, signs_from)
    log.warning("signing_keys_rotated", kid=kid, removed=removed)
    return Rotated(kid, signs_from, removed)


async def _add(work: Work, settings: Settings, signs_from: datetime) -> str:
    pair = keys.new_pair()
    kept = keys.sealed(pair.private_pem, pair.kid, _secret(settings))
    await repository.add_key(work.connection, pair, kept=kept, made_at=work.now, signs_from=signs_from)
    return pair.kid


async def jwks(connection: AsyncConnection) -> dict[str, Any]:
    """The public halves of all keys whose tokens may be about (RFC 7517)."""
    return {"keys": await repository.public_keys(connection)}
