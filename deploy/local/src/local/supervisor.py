"""Keep a network running until somebody stops it."""

import time
from dataclasses import dataclass, field
from threading import Event

from embedded.process import StartError
from local.progress import say
from local.stack import Stack

LOOK_SECONDS = 0.5
LONGEST_PAUSE = 30.0
# A part that lived this long is not in a row of falls: the next restart comes at once again.
STEADY_SECONDS = 60.0


@dataclass
class _Falls:
    """How often a part fell in a row, and when it may be started again (monotonic seconds)."""

    in_a_row: int = 0
    started: float = field(default_factory=time.monotonic)
    start_at: float | None = None


def watch(stack: Stack, stopping: Event) -> None:
    """Start again what falls, at once the first time and ever more slowly after, until ``stopping`` is set."""
    falls = {name: _Falls() for name in stack.parts}
    while not stopping.wait(LOOK_SECONDS):
        for name, record in falls.items():
            _look_after(stack, name, record, time.monotonic())


def _look_after(stack: Stack, name: str, record: _Falls, now: float) -> None:
    if record.start_at is None:
        process = stack.process(name)
        if process.alive():
            return
        record.in_a_row = 1 if now - record.started > STEADY_SECONDS else record.in_a_row + 1
        pause = pause_after(record.in_a_row)
        record.start_at = now + pause
        soon = f"in {pause:.0f} s" if pause else "at once"
        say(f"! {name} ended with code {process.popen.returncode}; it is started again {soon}. Its log: {process.log}")
    if now >= record.start_at:
        record.start_at, record.started = None, now
        try:
            stack.revive(name)
        except StartError as error:
            say(f"! {name} did not start: {error}")


def pause_after(falls_in_a_row: int) -> float:
    """Give the seconds to wait before the next start: 0, 1, 2, 4 … 30."""
    return 0.0 if falls_in_a_row <= 1 else min(2.0 ** (falls_in_a_row - 2), LONGEST_PAUSE)
