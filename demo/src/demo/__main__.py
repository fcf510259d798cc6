"""``python -m demo load|first-order --network queretaro --gateway http://127.0.0.1:8080``."""

import argparse
import os
import sys

import httpx

from demo import examples
from demo.calling import CallError
from demo.first_order import first_order
from demo.loading import load


def main(arguments: list[str] | None = None) -> int:
    """Run one command; an expected failure is a message, not a traceback."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "first-order":
            print(first_order(asked.network, asked.gateway))
        else:
            admin_email = asked.admin_email or examples.address(asked.network, "admin")
            load(asked.network, asked.gateway, admin_email=admin_email, admin_password=asked.admin_password)
    except (CallError, examples.UnknownNetworkError) as error:
        print(error, file=sys.stderr)
        return 1
    except httpx.TransportError as error:
        print(f"no answer from {asked.gateway}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description="The example networks' data.")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--network", default="queretaro", help=f"one of {', '.join(examples.slugs())}")
    where.add_argument("--gateway", default="http://127.0.0.1:8080", help="where the network answers (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load", parents=[where], help="enter the example data; twice changes nothing")
    loading.add_argument("--admin-email", default=os.environ.get("TRAMA_ADMIN_EMAIL"))
    # In the environment it is not seen in the list of processes.
    password = os.environ.get("TRAMA_ADMIN_PASSWORD") or examples.PASSWORD
    loading.add_argument("--admin-password", default=password, help="or TRAMA_ADMIN_PASSWORD (default: the example's)")
    commands.add_parser("first-order", parents=[where], help="print a first order as a curl line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
