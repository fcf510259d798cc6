"""Start and stop one server process."""

import contextlib
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embedded import guardian
from embedded.account import Account

LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start


class StartError(Exception):
    """A server did not come up; the message ends with the last lines of its log."""


@dataclass
class Process:
    """A child in a session of its own, so that Ctrl-C in the terminal reaches only us."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    log_start: int
    stop_signal: signal.Signals = signal.SIGTERM
    _ended: bool = field(default=False, init=False)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def alive(self) -> bool:
        """Say whether it runs; notes its end if it has ended."""
        if self.popen.poll() is None:
            return True
        self._note_end()
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone; nothing happens if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(number)

    def stop(self, timeout: float = 30) -> None:
        """Ask it to end and wait, at most ``timeout`` seconds, then kill it."""
        self.signal(self.stop_signal)
        self.signal(signal.SIGCONT)  # one that is held still could not hear it
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._note_end()

    def kill(self) -> None:
        """End it by SIGKILL and wait for its end."""
        self.signal(signal.SIGKILL)
        self.popen.wait()
        self._note_end()

    def said(self) -> str:
        """Give what this process wrote to its log since it started, the last 20,000 bytes at most."""
        with self.log.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(self.log_start, size - 20_000))
            return log.read().decode(errors="replace")

    def last_words(self, lines: int = 15) -> str:
        """Give the last lines of the log, for a message."""
        return "\n".join(self.said().splitlines()[-lines:])

    def _note_end(self) -> None:
        if not self._ended:
            self._ended = True
            guardian.forget(self.pid)


def launch(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Process:
    """Start a program with its output in ``log`` and nothing of ours but the given environment."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".old"))
    with log.open("ab") as output:
        log_start = output.tell()
        popen = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            **(account.run_as() if account else {}),
        )
    guardian.watch(popen.pid, stop_signal)
    return Process(name, popen, log, log_start, stop_signal)
