"""``python -m local run|migrate|seed|first-order|backup|restore|doctor|clean``: what the Makefile's targets call."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from embedded.process import StartError
from local import backup, doctor, example, stack
from local.databases import MigrationError
from local.network import UnknownNetworkError, network_slugs, read_network
from local.place import DATA, PlaceError, erase, place_of
from local.programs import NotReadyError
from local.progress import say, step
from local.run import run

EXPECTED = (
    PlaceError,
    UnknownNetworkError,
    StartError,
    MigrationError,
    NotReadyError,
    example.LoadError,
    backup.BackupError,
)


def _run(asked: argparse.Namespace) -> int:
    return run(asked.network, port=asked.port, load_example=not asked.empty)


def _migrate(asked: argparse.Namespace) -> int:
    network, place = read_network(asked.network), place_of(asked.network)
    with place.locked():
        stack.migrate(network, place, step)
    return 0


def _seed(asked: argparse.Namespace) -> int:
    place = place_of(asked.network)
    with step("the example network, through the API"):
        example.load(place, asked.network, _gateway(asked.network))
    return 0


def _first_order(asked: argparse.Namespace) -> int:
    say(example.first_order(asked.network, _gateway(asked.network)))
    return 0


def _back_up(asked: argparse.Namespace) -> int:
    backup.back_up(asked.network, to=asked.to)
    return 0


def _restore(asked: argparse.Namespace) -> int:
    backup.restore(asked.network, asked.file)
    return 0


def _doctor(_asked: argparse.Namespace) -> int:
    return doctor.examine()


def _clean(asked: argparse.Namespace) -> int:
    """Refuse while a network runs: its packages are about to be removed."""
    for slug in network_slugs():
        if (DATA / slug).exists() and place_of(slug).is_locked():
            raise PlaceError(f"{slug} runs in this checkout; stop it first")
    if asked.data:
        erase()
    return 0


def _gateway(slug: str) -> str:
    running = place_of(slug).running()
    if not running:
        raise PlaceError(f"{slug} does not run here; start it with `make run`")
    gateway: str = running["gateway"]
    return gateway


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local", description="A whole network on one machine, without Docker.")
    commands = parser.add_subparsers(required=True)

    def command(name: str, does: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        chosen = os.environ.get("NETWORK", "queretaro")
        added.add_argument("--network", default=chosen, help=f"{', '.join(network_slugs())} (default: %(default)s)")
        added.set_defaults(does=does)
        return added

    running = command("run", _run, "start a network and keep it running")
    running.add_argument("--port", type=int, help="the gateway's port (default: 8080 or the next that is free)")
    running.add_argument("--empty", action="store_true", help="without the example network's data")
    command("migrate", _migrate, "bring the databases of a network that does not run up to the newest")
    command("seed", _seed, "load the example data into a running network")
    command("first-order", _first_order, "print a first order for a running network")
    command("backup", _back_up, "write databases, streams and photos into one file").add_argument("--to", type=Path)
    command("restore", _restore, "put a backup in the place of the data").add_argument("file", type=Path)
    command("clean", _clean, "make ready for `make clean`").add_argument("--data", action="store_true")
    command("doctor", _doctor, "say what is there, what is missing, how the networks are")
    return parser


def main() -> int:
    """Run one command; an expected failure is a message, not a traceback."""
    asked = _parser().parse_args()
    try:
        code: int = asked.does(asked)
    except EXPECTED as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
