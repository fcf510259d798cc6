"""``python -m local run|…``: what the Makefile's targets call."""

import argparse
import os
import sys

from embedded.process import StartError
from local.databases import MigrationError
from local.network import UnknownNetworkError, network_slugs
from local.place import PlaceError
from local.programs import NotReadyError
from local.run import run

EXPECTED = (PlaceError, UnknownNetworkError, StartError, MigrationError, NotReadyError)


def main() -> int:
    """Run one command; an expected failure is a message, not a traceback."""
    parser = argparse.ArgumentParser(prog="local", description="A whole network on one machine, without Docker.")
    network = argparse.ArgumentParser(add_help=False)
    chosen = os.environ.get("NETWORK", "queretaro")
    network.add_argument(
        "--network", default=chosen, help=f"one of {', '.join(network_slugs())} (default: %(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", parents=[network], help="start a network and keep it running")
    running.add_argument("--port", type=int, default=None, help="the gateway's port (default: 8080 or the next free)")
    running.add_argument("--empty", action="store_true", help="without the example network's data")
    asked = parser.parse_args()
    try:
        return run(asked.network, port=asked.port, load_example=not asked.empty)
    except EXPECTED as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
