"""Put a network's databases, streams and photos into one file, and back.

A network that runs is paused for it: its own processes are stopped by SIGSTOP, for a second or two with little data,
so that databases and streams are of one instant; callers wait, nothing is refused. What a piece was in the middle of is
not in the backup or is repeated after it, as after a power cut. Photos never change: while it is paused they are only
linked, and copied when it goes on.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from embedded import cluster, postgres
from embedded.postgres import Access
from local import databases
from local.network import Network, read_network
from local.place import Place, place_of
from local.progress import say, step

MANIFEST = "manifest.json"


class BackupError(Exception):
    """There is nothing to back up, or this is no backup of the network."""


def back_up(slug: str, *, to: Path | None = None, place: Place | None = None) -> Path:
    """Write a backup and give its path: ``to``, or .trama/backups/<network>-<time>.tar, readable by its owner alone."""
    network = read_network(slug)
    place = place or place_of(slug)
    if not cluster.data_folder(place.postgres).exists():
        raise BackupError(f"{slug} has no data yet in {place.folder}")
    target = to or place.folder.parent / "backups" / f"{slug}-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as name:
        folder = Path(name)
        with step(f"backing up {slug}"), at_rest(place) as server:
            stored = _dump(server, folder)
            if (place.nats / "store").exists():
                shutil.copytree(place.nats / "store", folder / "nats")
            if place.photos.exists():
                shutil.copytree(place.photos, folder / "photos", copy_function=_link)
        manifest = {"network": network.slug, "made": datetime.now(UTC).isoformat(), "databases": stored}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2))
        unfinished = folder / "backup.tar"
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            with tarfile.open(fileobj=opened, mode="w") as archive:
                for part in sorted(folder.iterdir()):
                    if part != unfinished:
                        archive.add(part, arcname=part.name)
            os.fsync(opened.fileno())
        unfinished.rename(target)
    say(f"  {target} ({target.stat().st_size / 1e6:.1f} MB)")
    return target


def _link(source: str, target: str) -> None:
    """One file under two names takes no time; across file systems it is a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def restore(slug: str, file: Path, *, place: Place | None = None) -> None:
    """Put a backup in the place of a network's data, which are kept beside. The network must not run."""
    network = read_network(slug)
    place = place or place_of(slug)
    with place.locked(), tempfile.TemporaryDirectory(dir=place.folder, prefix=".restoring-") as name:
        folder = Path(name)
        stored = _unpack(file, folder, network)
        kept = _put_aside(place)
        try:
            with step(f"restoring {slug}"):
                if (folder / "nats").exists():
                    place.nats.mkdir(mode=0o700, exist_ok=True)
                    (folder / "nats").rename(place.nats / "store")
                if (folder / "photos").exists():
                    (folder / "photos").rename(place.photos)
                    place.photos.chmod(0o700)
                with postgres.running(place.postgres) as server:
                    databases.prepare(server, place, stored)
                    for piece in stored:
                        _restore_one(server, piece, folder / f"{piece}.dump")
        except BaseException:
            _put_back(kept)
            raise
        place.loaded.touch()
    say(f"  done; what was there before is in {', '.join(str(old) for old, _ in kept)}" if kept else "  done")


@contextlib.contextmanager
def at_rest(place: Place) -> Iterator[Access]:
    """Give the network's database server while nothing writes: started for it, or with its pieces paused."""
    running = place.running()
    if not running:
        with place.locked(), postgres.running(place.postgres) as server:
            yield server
        return
    pids = [program["pid"] for program in running["programs"].values()]
    began = time.monotonic()
    with _paused(pids):
        yield postgres.access(place.postgres, place.ports()["postgres"])
    say(f"  the network was paused for {time.monotonic() - began:.1f} s")


@contextlib.contextmanager
def _paused(pids: Sequence[int]) -> Iterator[None]:
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
                time.sleep(0.005)
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _dump(server: Access, folder: Path) -> list[str]:
    try:
        listed = server.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
        names = sorted(listed.split())
        for name in names:
            server.run("pg_dump", "--format=custom", f"--file={folder / name}.dump", database=name)
    except subprocess.CalledProcessError as error:
        raise BackupError(f"the databases could not be read: {error.stderr.strip()}") from error
    return names


def _restore_one(server: Access, piece: str, dump: Path) -> None:
    """Fill a database that was just made; all that is made belongs to the piece's role."""
    options = ["--exit-on-error", "--single-transaction", "--no-owner", f"--role={piece}", f"--dbname={piece}"]
    try:
        server.run("pg_restore", *options, str(dump), database=piece)
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{piece} could not be restored: {error.stderr.strip()}") from error


def _unpack(file: Path, folder: Path, network: Network) -> list[str]:
    """Give the databases of a backup after unpacking it; raises BackupError if it is not one of this network."""
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text())
        made_for, stored = manifest["network"], [str(name) for name in manifest["databases"]]
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise BackupError(f"{file} is no backup: {error}") from error
    if made_for != network.slug:
        raise BackupError(f"{file} is a backup of {made_for}, not of {network.slug}")
    return stored


def _put_aside(place: Place) -> list[tuple[Path, Path]]:
    """Rename the data that are there; give each new name with the old one."""
    stamp = f"before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    moved = []
    for current in (place.postgres, place.nats / "store", place.photos):
        if current.exists():
            old = current.with_name(f"{current.name}.{stamp}")
            current.rename(old)
            moved.append((old, current))
    return moved


def _put_back(moved: Sequence[tuple[Path, Path]]) -> None:
    for old, current in moved:
        shutil.rmtree(current, ignore_errors=True)
        old.rename(current)
