"""A whole network as processes on this machine, to be started, broken and stopped: by `make run` and by the tests.

with stack.running("queretaro") as network:
    httpx.get(network.gateway_url + "/health")
    network.kill("orders")            # SIGKILL
    network.restart("orders")         # and wait until it can work
    network.kill("nats")
    network.restart("nats")
"""

import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from demo import examples
from embedded import nats, postgres
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import THROWAWAY_SETTINGS
from embedded.process import Process
from embedded.scratch import in_memory
from local import databases, example
from local.mail.box import Box, Caught
from local.network import Network, read_network
from local.place import Place, place_of
from local.programs import GATEWAY, MAIL, SMTP, MailCatcher, NotReadyError, Program, environment_of, wait_ready
from local.progress import silent
from local.servers import Broker, DatabaseServer

GATEWAY_PORTS = range(8080, 8100)
PORT_TRIES = 3
# Nothing is synced to disk, but a server that is killed keeps what it has committed.
KILLABLE_SETTINGS = THROWAWAY_SETTINGS | {"synchronous_commit": "on"}

type Step = Callable[[str], AbstractContextManager[None]]
type Part = DatabaseServer | Broker | Program


@dataclass
class Stack:
    """A running network. Its parts are named `postgres`, `nats`, `mail` (unless its letters go to a real server), our own
    by piece, and `gateway`, in start order."""

    network: Network
    place: Place
    parts: dict[str, Part]

    @property
    def programs(self) -> list[Program]:
        """Give our own processes: the pieces and the gateway."""
        return [part for part in self.parts.values() if isinstance(part, Program)]

    @property
    def gateway_url(self) -> str:
        return self.url(GATEWAY)

    @property
    def mail_url(self) -> str:
        """Give the address of the page that shows the letters."""
        return self.url(MAIL)

    def letters(self, to: str | None = None) -> list[Caught]:
        """Give the letters that the pieces sent, the oldest first; all, or those to one address."""
        return [caught for caught in Box(self.place.letters).letters() if to is None or caught.letter["To"] == to]

    def url(self, name: str) -> str:
        """Give the address of a piece itself, past the gateway."""
        return next(program.url for program in self.programs if program.name == name)

    def process(self, name: str) -> Process:
        """Give the current process of a part, dead or alive."""
        process = self.parts[name].process
        if process is None:
            raise LookupError(f"{name} was never started")
        return process

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send one process a signal; after SIGKILL it is gone when this returns."""
        process = self.process(name)
        if number == signal.SIGKILL:
            process.kill()
        else:
            process.signal(number)

    def restart(self, name: str) -> None:
        """Start one part again on its port, stopped first if it runs, and wait until it can work."""
        self.revive(name)
        part = self.parts[name]
        if isinstance(part, Program):
            wait_ready([part])

    def revive(self, name: str) -> None:
        """Start one part again on its port, without waiting until one of our own can work."""
        if (process := self.process(name)).alive():
            process.stop()
        self.parts[name].start()
        self.note()

    def note(self) -> None:
        """Write down where everything is, for `make backup`, `seed` and `doctor`."""
        ports = {name: part.port for name, part in self.parts.items() if part.port is not None}
        if isinstance(catcher := self.parts.get(MAIL), MailCatcher):
            ports[SMTP] = catcher.smtp_port
        self.place.note_ports(ports)
        self.place.note_running(
            {
                "process": os.getpid(),
                "gateway": self.gateway_url,
                "programs": {program.name: {"pid": program.pid, "url": program.url} for program in self.programs},
            }
        )

    def stop(self) -> None:
        """Stop the programs together, then NATS, then PostgreSQL, each after it has finished its work."""
        _stop_programs(self.programs)
        for name in ("nats", "postgres"):
            if (process := self.parts[name].process) is not None:
                process.stop()


def start(
    network: Network,
    place: Place,
    *,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    admin: Mapping[str, str] | None = None,
    database_settings: Mapping[str, str] | None = None,
    step: Step = silent,
) -> Stack:
    """Start a network on its place, whose lock the caller holds, and wait until its gateway says that all is well.

    ``port`` is the gateway's; without it 8080 is tried first. ``environment`` overrides settings of all programs;
    ``admin`` is told to the members piece alone. Whatever fails, nothing is left running.
    """
    _stop_left_over(place)
    known = place.ports()
    database = DatabaseServer(place.postgres, known.get("postgres"), dict(database_settings or {}))
    broker = Broker(place.nats, network.slug, known.get("nats"))
    stack = Stack(network, place, {"postgres": database, "nats": broker})
    try:
        with step("PostgreSQL and NATS"):
            server, messages = database.start(), broker.start()
        shared = environment_of(network, environment or {}) | {"TRAMA_NATS_URL": messages.url}
        with step("databases and migrations"):
            urls = databases.prepare(server, place, network.pieces)
            databases.migrate(place, shared, urls)
        with step(f"{', '.join(network.pieces)} and the gateway"):
            own = _own_settings(urls, {"TRAMA_KEY_SECRET": place.secret("keys")} | dict(admin or {}))
            if "catalog" in own and "TRAMA_PHOTOS" not in shared:
                own["catalog"]["TRAMA_PHOTOS"] = str(place.photos.resolve())
            _start_programs(stack, shared, own, port)
        stack.note()
    except BaseException:
        stack.stop()
        raise
    return stack


def migrate(network: Network, place: Place, step: Step = silent) -> None:
    """Bring the databases of a network that does not run up to the newest; the caller holds the place's lock."""
    _stop_left_over(place)
    with postgres.running(place.postgres) as server, step("databases and migrations"):
        urls = databases.prepare(server, place, network.pieces)
        databases.migrate(place, environment_of(network, {}), urls)


def _own_settings(urls: Mapping[str, str], members: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Give what only one program may know: its database, and to members the first administrator and its keys' secret."""
    own = {piece: {"TRAMA_DATABASE_URL": url} for piece, url in urls.items()}
    if "members" in own:
        own["members"] |= members
    return own | {GATEWAY: {}}


def _start_programs(
    stack: Stack, shared: Mapping[str, str], own: Mapping[str, Mapping[str, str]], port: int | None
) -> None:
    """Start them all, again with other ports if somebody took one between our look and their start."""
    for tried in range(1, PORT_TRIES + 1):
        ports = _choose_ports(stack, port)
        addresses = {f"TRAMA_{name.upper()}_URL": f"http://{LOOPBACK}:{ports[name]}" for name in stack.network.pieces}
        addresses |= {"TRAMA_GATEWAY_HOST": LOOPBACK, "TRAMA_GATEWAY_PORT": str(ports[GATEWAY])}
        letters = _letters(stack, shared, ports)
        for name in [*stack.network.pieces, GATEWAY]:
            # The gateway's own documents stay good under any name that this machine is called by.
            settings = {**shared, **addresses, **({} if name == GATEWAY else letters), **own[name]}
            stack.parts[name] = Program(name, ports[name], settings, stack.place.log(name))
        for program in stack.programs:
            program.start()
        try:
            wait_ready(stack.programs)
        except NotReadyError as error:
            _stop_programs(stack.programs)
            if tried == PORT_TRIES or not error.port_taken:
                raise
        else:
            return


def _letters(stack: Stack, shared: Mapping[str, str], ports: Mapping[str, int]) -> dict[str, str]:
    """Catch the letters, unless a setting says where they go; give the settings by which the pieces know it."""
    if "TRAMA_SMTP_URL" in shared:
        return {}
    catcher = MailCatcher(
        MAIL, ports[MAIL], dict(shared), stack.place.log(MAIL), smtp_port=ports[SMTP], letters=stack.place.letters
    )
    stack.parts[MAIL] = catcher
    settings = {
        "TRAMA_MAIL_FROM": f"{stack.network.name} <letters@{stack.network.slug}.example>",
        "TRAMA_PUBLIC_URL": f"http://{LOOPBACK}:{ports[GATEWAY]}",
    }
    return {"TRAMA_SMTP_URL": catcher.smtp_url} | {name: shared.get(name, value) for name, value in settings.items()}


def _choose_ports(stack: Stack, gateway_port: int | None) -> dict[str, int]:
    """Choose a port per piece and two for the letters, the last time's if it is free, and one for the gateway."""
    known = stack.place.ports()
    taken = {part.port for part in stack.parts.values() if not isinstance(part, Program) and part.port}
    ports: dict[str, int] = {}
    for piece in [MAIL, SMTP, *stack.network.pieces]:
        ports[piece] = free_port(known.get(piece), taken=taken | set(ports.values()))
    nice = [gateway_port] if gateway_port else list(GATEWAY_PORTS)
    free = (wanted for wanted in nice if free_port(wanted) == wanted)
    ports[GATEWAY] = next(free, None) or free_port(taken=taken | set(ports.values()))
    return ports


def _stop_programs(programs: list[Program]) -> None:
    for program in programs:
        if program.process is not None:
            program.process.signal(signal.SIGTERM)
    for program in programs:
        program.stop()


def _stop_left_over(place: Place) -> None:
    """End servers whose owner was killed so that it could not stop them: the lock says that it is gone."""
    nats.stop_left_over(place.nats)
    postgres.stop_left_over(place.postgres)


@contextlib.contextmanager
def running(
    slug: str,
    *,
    folder: Path | None = None,
    pieces: str | None = None,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
    admin: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Run a network for tests, with nothing synced to disk, in a folder that is gone afterwards or in the one given.

    ``pieces`` (by comma) deploys fewer than its settings file says.
    """
    network = read_network(slug)
    if pieces is not None:
        network = Network(slug, network.settings | {"TRAMA_PIECES": pieces})
    with _folder(folder) as base:
        place = place_of(slug, base=base)
        with place.locked():
            stack = start(
                network,
                place,
                port=port or free_port(),
                environment=environment,
                admin=admin or example.admin(slug, examples.PASSWORD),
                database_settings=KILLABLE_SETTINGS,
            )
            try:
                yield stack
            finally:
                stack.stop()


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="trama-network-", dir=in_memory(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # root's database server runs under another account
        yield folder
