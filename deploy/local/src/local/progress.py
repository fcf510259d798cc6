"""Say what is being done and how long it takes, while it takes."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

WIDTH = 46
REMIND_SECONDS = 15  # on an output that keeps every line, e.g. a CI log


def say(text: str = "") -> None:
    """Print a line at once, even into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def step(text: str, output: TextIO | None = None) -> Iterator[None]:
    """Show ``text`` with the seconds that the block has taken, counting up on a terminal."""
    output = output or sys.stdout
    live = output.isatty()
    began = time.monotonic()
    finished = threading.Event()

    def line(ending: str) -> str:
        return f"  {text} {'.' * max(3, WIDTH - len(text))} {time.monotonic() - began:5.1f} s{ending}"

    def count() -> None:
        while not finished.wait(0.2 if live else REMIND_SECONDS):
            output.write("\r" + line("") if live else line(", under way\n"))
            output.flush()

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    ending = ", failed\n"
    try:
        yield
        ending = "\n"
    finally:
        finished.set()
        counting.join()
        output.write(("\r" if live else "") + line(ending))
        output.flush()


@contextlib.contextmanager
def silent(_text: str) -> Iterator[None]:
    """Show nothing: for tests that start networks."""
    yield
