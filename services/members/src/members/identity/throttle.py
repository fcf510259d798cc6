"""Guessing is slowed: what fails is counted before it is known that it fails."""

import hashlib
from typing import Any

from kit.database import Work
from kit.errors import TooManyRequests
from members.identity import rules
from members.identity.repository import proofs


def account_of(what: str, name: str) -> bytes:
    """What is tried in whose name, as it is kept of failed attempts: it is not readable there."""
    return hashlib.sha256(f"{what}:{name}".encode()).digest()


async def count(
    work: Work,
    account: bytes,
    address: str,
    *,
    free: int = rules.FREE_ATTEMPTS,
    free_anywhere: int = rules.FREE_ATTEMPTS_ANYWHERE,
) -> None:
    """Counts an attempt as failed before it is known how it ends, so that many at once don't slip through.

    Raises TooManyRequests while the account is closed to this address, or to everyone.
    """
    limits = {address: free, "": free_anywhere}
    known = await proofs.attempts(work.connection, account, list(limits))
    # Of two who come at the same time the first may be counted after the second: that closes nothing.
    closing = [row.closed_until for row in known.values() if row.failures >= limits[row.address]]
    until = max(closing, default=work.now)
    if until > work.now:
        seconds = int((until - work.now).total_seconds()) + 1
        raise TooManyRequests(
            "too_many_attempts",
            "Too many attempts; try again in {seconds} seconds",
            seconds=seconds,
            extra={"retry_after": seconds},
        )
    rows: list[dict[str, Any]] = []
    for place, allowed in limits.items():
        earlier = known.get(place)
        recent = earlier is not None and work.now - earlier.last_at < rules.FORGOTTEN_AFTER
        failures = (earlier.failures if earlier is not None and recent else 0) + 1
        closed_until = work.now + rules.wait_after(failures, allowed)
        rows.append({"address": place, "failures": failures, "closed_until": closed_until, "last_at": work.now})
    await proofs.note_attempts(work.connection, account, rows)


async def forget(work: Work, account: bytes, address: str) -> None:
    """It was no guess."""
    await proofs.forget_attempts(work.connection, account, [address, ""])
