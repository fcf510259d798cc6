"""`make doctor`: what is there, what is missing, how the networks are."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from embedded import programs
from embedded.account import server_account
from embedded.ports import is_free
from local.network import CHECKOUT, network_slugs
from local.place import DATA, Place, place_of
from local.progress import say
from local.stack import GATEWAY_PORTS

LEAST_MEMORY = 1_000_000_000  # bytes
LEAST_DISK = 1_000_000_000


def examine() -> int:
    """Print the findings; the exit code is 1 if something would keep `make run` from working."""
    findings = [*_machine(), *_parts(), *_networks()]
    for good, what, found in findings:
        say(f"  {'ok' if good else '!!'}  {what:<12} {found}")
    return 0 if all(good for good, _, _ in findings) else 1


def _machine() -> Iterator[tuple[bool, str, str]]:
    yield True, "system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    memory = psutil.virtual_memory()
    found = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free, {psutil.cpu_count()} cores"
    yield memory.total >= LEAST_MEMORY, "memory", found
    disk = shutil.disk_usage(CHECKOUT)
    yield disk.free >= LEAST_DISK, "disk", f"{disk.free / 1e9:.1f} GB free in {CHECKOUT}"
    port = GATEWAY_PORTS.start
    found = f"{port} is free" if is_free(port) else f"{port} is taken; another is used"
    yield True, "gateway port", found


def _parts() -> Iterator[tuple[bool, str, str]]:
    account = server_account()
    try:
        postgres, nats = programs.postgres_programs() / "postgres", programs.nats_program()
        yield True, "postgres", f"{_version(postgres)}, run by {account.name}"
        yield True, "nats", _version(nats)
    except programs.ProgramMissingError as error:
        yield False, "programs", str(error)
    docker = shutil.which("docker")
    yield True, "docker", _version(Path(docker)) if docker else "not there; only `make up` needs it"


def _version(program: Path) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip()


def _networks() -> Iterator[tuple[bool, str, str]]:
    for slug in network_slugs():
        if not (DATA / slug).exists():
            yield True, slug, "never started here"
            continue
        place = place_of(slug)
        running = place.running()
        if not running:
            state = "about to start, or being backed up" if place.is_locked() else "not running"
            yield True, slug, f"{state}; {_size(place)} of data"
        else:
            yield _health(running["gateway"], slug, place)


def _health(gateway: str, slug: str, place: Place) -> tuple[bool, str, str]:
    try:
        answer = httpx.get(f"{gateway}/health", timeout=5, trust_env=False)
        pieces = ", ".join(f"{piece} {state}" for piece, state in answer.json()["pieces"].items())
        return answer.status_code == httpx.codes.OK, slug, f"{gateway}: {pieces}; {_size(place)} of data"
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return False, slug, f"{gateway} does not answer: {error}; see {place.logs}"


def _size(place: Place) -> str:
    folders = {place.folder, place.postgres}
    files = (Path(parent) / name for folder in folders for parent, _, names in os.walk(folder) for name in names)
    total = sum(file.lstat().st_size for file in set(files) if file.exists())
    return f"{total / 1e6:.0f} MB"
