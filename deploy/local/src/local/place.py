"""Where a network of the embedded run keeps everything: .trama/<network>/ in the checkout.

    lock  running.json    who runs it now, and where it answers
    secrets.json          passwords, made at the first start, readable by their owner alone
    ports.json            what was used last, to be used again
    postgres/  nats/      the data
    logs/<piece>.log
    letters/              what the mail catcher caught
    photos/               pictures of what is offered, unless TRAMA_PHOTOS names another place
    loaded                the example network was entered

TRAMA_DATA names another folder than .trama. As root in a closed folder (/root, say) PostgreSQL's part lies in
/var/lib/trama/, where its account may reach it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.account import server_account
from local.network import CHECKOUT

ELSEWHERE = Path("/var/lib/trama")
DATA = Path(os.environ.get("TRAMA_DATA") or CHECKOUT / ".trama")


class PlaceError(Exception):
    """The folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """The folders and files of one network."""

    folder: Path
    postgres: Path

    @property
    def nats(self) -> Path:
        return self.folder / "nats"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def letters(self) -> Path:
        return self.folder / "letters"

    @property
    def photos(self) -> Path:
        return self.folder / "photos"

    @property
    def loaded(self) -> Path:
        return self.folder / "loaded"

    def log(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def running(self) -> dict[str, Any]:
        """Give what the one who runs the network wrote down: process, addresses; empty if nobody does."""
        if not self.is_locked():
            return {}
        return _read(self.folder / "running.json")

    def note_running(self, facts: dict[str, Any]) -> None:
        _write(self.folder / "running.json", facts)

    def ports(self) -> dict[str, int]:
        """Give the ports that were used last."""
        return _read(self.folder / "ports.json")

    def note_ports(self, ports: dict[str, int]) -> None:
        _write(self.folder / "ports.json", ports)

    def secret(self, name: str, first: str | None = None) -> str:
        """Give a secret of this network; when it is first asked for it is made, or it is ``first``."""
        file = self.folder / "secrets.json"
        known: dict[str, str] = _read(file)
        if name not in known:
            known[name] = first or secrets.token_urlsafe(24)
            _write(file, known)
        return known[name]

    def is_locked(self) -> bool:
        """Say whether somebody runs this network."""
        try:
            with (self.folder / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from running this network; raises PlaceError if somebody does."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                known = _read(self.folder / "running.json")
                where = f" as process {known['process']}, at {known['gateway']}" if "gateway" in known else ""
                raise PlaceError(
                    f"{self.folder.name} runs already in this checkout{where}. "
                    "Stop it with Ctrl-C where it was started; another network, or another checkout, can run beside it."
                ) from None
            (self.folder / "running.json").unlink(missing_ok=True)  # of one who was killed
            try:
                yield
            finally:
                (self.folder / "running.json").unlink(missing_ok=True)


def erase(*, base: Path = DATA) -> None:
    """Remove the data of all networks of a checkout."""
    for folder in (base, _elsewhere(base)):
        if folder.exists():
            shutil.rmtree(folder)


def place_of(slug: str, *, base: Path = DATA) -> Place:
    """Give the place of a network, its folders made. Raises PlaceError if they cannot be."""
    folder = base / slug
    account = server_account()
    try:
        folder.mkdir(mode=0o711 if not account.is_us() else 0o700, parents=True, exist_ok=True)
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
        (folder / "lock").touch(mode=0o600)
    except PermissionError as error:
        raise PlaceError(
            f"{folder} belongs to another user ({error.filename}): run as that user, or remove it"
        ) from error
    postgres = folder / "postgres"
    if not account.can_enter(folder):
        postgres = _elsewhere(base) / slug / "postgres"
        postgres.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Place(folder, postgres)


def _elsewhere(base: Path) -> Path:
    """Tell apart checkouts of one name."""
    fingerprint = hashlib.sha256(str(base.resolve()).encode()).hexdigest()[:8]
    return ELSEWHERE / f"{base.resolve().parent.name}-{fingerprint}"


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return content


def _write(file: Path, content: dict[str, Any]) -> None:
    """Write all or nothing, for the owner's eyes."""
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(content, opened, indent=2)
        opened.write("\n")
    unfinished.replace(file)
