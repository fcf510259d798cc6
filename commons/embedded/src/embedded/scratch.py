"""Where the data of servers lie that are gone after a test."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's own place for files in memory; what is made in it has names of its own
#: Bytes that have to be free there: a test run's databases, and the rest of the machine's programs, must fit.
ENOUGH = 4 * 1024**3


def in_memory() -> Path | None:
    """A folder whose files never touch a disk, if the machine has one with room; None says: the usual place."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ENOUGH else None
