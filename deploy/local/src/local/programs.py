"""The processes of a network that are ours: its pieces and the gateway."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from embedded.ports import LOOPBACK
from embedded.process import Process, launch
from local.network import CHECKOUT, Network

GATEWAY = "gateway"
MAIL = "mail"
#: The catcher's second port, where it takes letters.
SMTP = "mail-smtp"
READY_SECONDS = 90.0


class NotReadyError(Exception):
    """A program ended or did not become ready; ``port_taken`` if somebody else has its port."""

    def __init__(self, message: str, *, program: str, port_taken: bool = False) -> None:
        super().__init__(message)
        self.program = program
        self.port_taken = port_taken


@dataclass
class Program:
    """One of our processes: how it is started, where it answers, and its current process."""

    name: str
    port: int
    environment: dict[str, str] = field(repr=False)
    log: Path
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def ready_url(self) -> str:
        return self.url + ("/health" if self.name == GATEWAY else "/health/ready")

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def alive(self) -> bool:
        return self.process is not None and self.process.alive()

    def start(self) -> None:
        """Start the process; `wait_ready` says when it can work."""
        self.process = launch(
            self.name, [sys.executable, *self._command()], log=self.log, environment=self.environment, folder=CHECKOUT
        )

    def _command(self) -> list[str]:
        if self.name == GATEWAY:
            return ["-m", "gateway"]
        return [
            *("-m", "uvicorn", f"{self.name}.main:app", "--host", LOOPBACK, "--port", str(self.port)),
            *("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log", "--log-level", "warning"),
            # The gateway keeps its connections; it, not the piece, is to close those that idle.
            *("--timeout-keep-alive", "75"),
            # Event streams never end by themselves: a stop must not wait for their readers.
            *("--timeout-graceful-shutdown", "5"),
        ]

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop(timeout=15)


@dataclass
class MailCatcher(Program):
    """Takes the letters that the pieces send, on a second port, and shows them."""

    smtp_port: int = 0
    letters: Path = Path()

    @property
    def smtp_url(self) -> str:
        return f"smtp+plain://{LOOPBACK}:{self.smtp_port}"

    def _command(self) -> list[str]:
        ports = ["--port", str(self.port), "--smtp-port", str(self.smtp_port)]
        return ["-m", "local.mail", *ports, "--folder", str(self.letters)]


def environment_of(network: Network, overrides: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that all programs of a network share."""
    # What the caller has set for one run beats the network's file.
    asked = {name: value for name, value in os.environ.items() if name.startswith("TRAMA_")}
    # Fewer memory arenas: with threads glibc keeps one per core and gives little back.
    fixed = {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
    return dict(os.environ) | fixed | network.settings | asked | dict(overrides)


def wait_ready(programs: Sequence[Program], seconds: float = READY_SECONDS) -> None:
    """Wait until all can work. Raises NotReadyError with the log's end for the first that cannot."""
    deadline = time.monotonic() + seconds
    waiting = list(programs)
    with httpx.Client(timeout=5, trust_env=False) as client:
        while waiting:
            for program in waiting:
                _check_alive(program)
            waiting = [program for program in waiting if not _answers(client, program)]
            if waiting and time.monotonic() > deadline:
                raise _not_ready(waiting[0], f"did not become ready in {seconds:.0f} s")
            if waiting:
                time.sleep(0.1)


def _answers(client: httpx.Client, program: Program) -> bool:
    try:
        return client.get(program.ready_url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _check_alive(program: Program) -> None:
    if not program.alive():
        code = program.process.popen.returncode if program.process else None
        raise _not_ready(program, f"ended with code {code}")


def _not_ready(program: Program, what: str) -> NotReadyError:
    said = program.process.said() if program.process else ""
    end = "\n".join(said.splitlines()[-15:])
    taken = "address already in use" in said.lower()
    return NotReadyError(f"{program.name} {what}; see {program.log}:\n{end}", program=program.name, port_taken=taken)
