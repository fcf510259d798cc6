"""Passwords, hashed with argon2id as OWASP's Password Storage Cheat Sheet says: 19 MiB, two passes, one lane.

A hash takes tens of milliseconds of a core, so it is made beside the event loop, few at a time, and those who would
have to wait long are sent away rather than queued for ever.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kit.errors import Unavailable

#: Sign-ins that may wait for their turn; they hold nothing meanwhile.
WAITING_TO_VERIFY = 200
#: New passwords being made at once; each holds a database connection while it waits.
MAKING = 6


class Passwords:
    """Makes and checks password hashes, ``slots`` at once."""

    def __init__(self, slots: int) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="argon2")
        self._verifying = 0
        self._making = 0
        # Checked when there is no such user, so that the answer takes as long as for one that there is.
        self._nobody = self._hasher.hash("a password that nobody has")

    async def make(self, password: str) -> str:
        """The hash of a new password. Raises Unavailable when too many are asked for at once."""
        if self._making >= MAKING:
            raise _busy()
        self._making += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)
        finally:
            self._making -= 1

    async def matches(self, password_hash: str | None, password: str, *, waiting: int = WAITING_TO_VERIFY) -> bool:
        """Whether the password is the one of the hash; without a hash false, after the same work.

        Raises Unavailable when ``waiting`` are being checked already.
        """
        if self._verifying >= waiting:
            raise _busy()
        self._verifying += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._verify, password_hash or self._nobody, password
            )
        finally:
            self._verifying -= 1
        return right and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _busy() -> Unavailable:
    return Unavailable("busy", "Too many are signing in just now; try again shortly")
