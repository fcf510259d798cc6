"""Under whose account a database server runs, and what that account may reach.

PostgreSQL refuses to run as root. As root it is started as `nobody`, an account that every Unix has, without adding a
user and without opening anybody's folders: what `nobody` cannot reach is copied or put elsewhere.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class RunAs(TypedDict, total=False):
    """Arguments of ``subprocess`` that start a program under an account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """An account to start programs under; ``name`` is for messages only."""

    name: str
    uid: int
    gid: int

    def is_us(self) -> bool:
        """Say whether it is the account that we run under."""
        return self.uid == os.geteuid()

    def run_as(self) -> RunAs:
        """Give the arguments for ``subprocess``; none when it is our own account."""
        if self.is_us():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Make this account the owner of one path."""
        if not self.is_us():
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Say whether a program of this account can use files in that folder: asked of the system, not reckoned."""
        asked = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
            cwd="/",
            capture_output=True,
            check=False,
            **self.run_as(),
        )
        return asked.returncode == 0


def server_account() -> Account:
    """Give our own account, or `nobody` if we are root."""
    if os.geteuid() != 0:
        return Account("this user", os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return Account("nobody", nobody.pw_uid, nobody.pw_gid)
