"""`make run`: start a network, load the example once, show where it is, keep it running, stop it cleanly."""

import os
import signal
import time
from pathlib import Path
from threading import Event
from types import FrameType

from demo import examples
from local import example, stack, supervisor
from local.network import CHECKOUT, read_network
from local.place import Place, place_of
from local.programs import MAIL
from local.progress import say, step
from local.stack import Stack


class _Signals:
    """Ctrl-C and SIGTERM: break off a start, end a run, and change nothing while it stops."""

    def __init__(self) -> None:
        self.stopping = Event()
        self.interrupts = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._received)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means what it says
            signal.signal(signal.SIGHUP, self._received)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        if self.interrupts:
            self.interrupts = False
            raise KeyboardInterrupt


def run(slug: str, *, port: int | None = None, load_example: bool = True) -> int:
    """Run the network until Ctrl-C, SIGTERM or the terminal's end; give 0 after a clean stop, 130 if it never stood."""
    network = read_network(slug)
    place = place_of(slug)
    load_example = load_example and example.offered(slug)
    with place.locked():
        signals = _Signals()
        began = time.monotonic()
        say(f"{network.name} ({slug}): {', '.join(network.pieces)}. The data are in {_short(place.folder)}")
        if not place.postgres.is_relative_to(place.folder):
            say(f"  PostgreSQL's are in {place.postgres}, because its account may not enter this folder")
        admin = example.admin(slug, place.secret("admin", examples.PASSWORD if load_example else None))
        try:
            running = stack.start(network, place, port=port, admin=admin, step=step)
        except KeyboardInterrupt:
            say("Stopped before it was ready; nothing is left running.")
            return 130
        try:
            if load_example and not place.loaded.exists():
                _load(place, running)
            _welcome(running, time.monotonic() - began)
            signals.interrupts = False
            supervisor.watch(running, signals.stopping)
        except KeyboardInterrupt:
            say("")
        finally:
            signals.interrupts = False
            say("\nStopping; the data stay.")
            with step("the pieces, then NATS, then PostgreSQL"):
                running.stop()
    return 0


def _load(place: Place, running: Stack) -> None:
    try:
        with step("the example network, through the API"):
            example.load(place, running.network.slug, running.gateway_url)
    except example.LoadError as error:
        say(f"! {error}\n! The network runs without it; `make seed` tries again.")


def _welcome(running: Stack, seconds: float) -> None:
    slug, gateway = running.network.slug, running.gateway_url
    say(f"\nReady after {seconds:.0f} s.\n")
    say(f"  everything      {gateway}")
    say(f"  documentation   {gateway}/docs")
    say(f"  health          {gateway}/health")
    if MAIL in running.parts:
        say(f"  letters         {running.mail_url}")
    known = running.place.loaded.exists() and example.offered(slug)
    users = example.users(slug) if known else [example.admin(slug, "")["TRAMA_ADMIN_EMAIL"]]
    say(f"  users           {', '.join(users)}{' and every member' if known else ''}")
    say(f"  password        {running.place.secret('admin')}")
    say(f"  logs            {_short(running.place.logs)}/<piece>.log")
    if order := example.first_order(slug, gateway):
        say(f"\nA first order:\n\n{order}")
    say("\nCtrl-C stops it.")


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(CHECKOUT) else str(path)
