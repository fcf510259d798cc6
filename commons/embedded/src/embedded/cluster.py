"""The folder of a PostgreSQL server: made once, checked at each start."""

import contextlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from embedded.account import Account
from embedded.process import StartError

SUPERUSER = "trama"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class FolderUnreachableError(StartError):
    """The account that must run the server may not enter the folder."""


class AlreadyRunningError(StartError):
    """A server runs on this folder already."""


class OtherVersionError(StartError):
    """The data were made by another major version."""


def data_folder(folder: Path) -> Path:
    """Give the folder that belongs to the server's account."""
    return folder / "data"


def password_of(folder: Path) -> str:
    """Give the superuser's password, which lies beside the data, readable by the owner alone."""
    return (folder / "password").read_text().strip()


def make(folder: Path, binaries: Path, account: Account, settings: Mapping[str, str]) -> None:
    """Make the cluster unless it is there; an interrupted start leaves nothing half-made.

    UTF-8 with the locale C.UTF-8 of PostgreSQL's own provider: the same order and the same upper and lower case on
    every system, whatever its C library says, so that data can move between machines.
    """
    data = data_folder(folder)
    if data.exists():
        return
    unfinished = folder / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    account.owns(unfinished)
    password = secrets.token_urlsafe(24)
    _write_secret(folder / "password", password)
    for_initdb = folder / "password.initdb"
    _write_secret(for_initdb, password)
    account.owns(for_initdb)
    command: list[str | Path] = [
        *(binaries / "initdb", "--pgdata", unfinished, "--username", SUPERUSER, "--pwfile", for_initdb),
        *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--auth-host", "scram-sha-256", "--auth-local", "reject", "--no-instructions"),
    ]
    if settings.get("fsync") == "off":
        command.append("--no-sync")
    if iterations := settings.get("scram_iterations"):
        command += ["-c", f"scram_iterations={iterations}"]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
        **account.run_as(),
    )
    for_initdb.unlink()
    if done.returncode != 0:
        raise StartError(f"initdb could not make {data}:\n{done.stdout[-2000:]}")
    unfinished.rename(data)


def check_version(folder: Path, binaries: Path) -> None:
    """Raise OtherVersionError if these programs cannot read these data."""
    made_by = (data_folder(folder) / "PG_VERSION").read_text().strip()
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    ours = said.split()[-1].split(".")[0]
    if made_by != ours:
        raise OtherVersionError(
            f"the data in {folder} were made by PostgreSQL {made_by} and this is {ours}: "
            "make a backup with the old version and restore it with the new one"
        )


def clear_after_crash(folder: Path) -> None:
    """Make way for a start after kill -9: wait until the last process is gone, then take away its lock file.

    PostgreSQL does so itself, but refuses if an unrelated process has the old server's number by now.
    """
    lock = data_folder(folder) / "postmaster.pid"
    if not lock.exists():
        return
    if (server := running_server(folder)) is not None:
        raise AlreadyRunningError(f"a PostgreSQL server (process {server.pid}) runs on {folder} already")
    if not wait_until_gone(folder, 30):
        raise AlreadyRunningError(f"processes of a killed PostgreSQL server on {folder} do not end")
    lock.unlink(missing_ok=True)


def running_server(folder: Path) -> psutil.Process | None:
    """Give the server process that the lock file names, if it lives and is one."""
    try:
        pid = int((data_folder(folder) / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return next((process for process in _processes_on(folder) if process.pid == pid), None)


def is_ready(folder: Path, pid: int) -> bool:
    """Say whether the server with this process id takes connections: it writes that into its lock file's eighth line."""
    with contextlib.suppress(FileNotFoundError):
        lines = (data_folder(folder) / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def wait_until_gone(folder: Path, seconds: float) -> bool:
    """Wait until no PostgreSQL process works on this folder; say whether that came true."""
    deadline = time.monotonic() + seconds
    while _processes_on(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _processes_on(folder: Path) -> list[psutil.Process]:
    data = str(data_folder(folder).resolve())
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"] == "postgres" and process.cwd() == data:
                found.append(process)
    return found


def _write_secret(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text + "\n")
