"""Loopback ports for servers that are started here."""

import random
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
# Below the range out of which the kernel takes ports for outgoing connections (32768 and up on Linux): a server that
# comes back after a fall must not find its port taken by somebody's connection.
SERVER_PORTS = range(20_000, 32_000)
TRIES = 200


class NoFreePortError(Exception):
    """Nothing could be bound on the loopback address."""


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(wanted: int | None = None, *, taken: Collection[int] = ()) -> int:
    """Give the wanted port if it is free, else another; never one of ``taken``.

    The port is not reserved: whoever starts a server on it must be ready to ask again.
    """
    if wanted is not None and wanted not in taken and is_free(wanted):
        return wanted
    for _ in range(TRIES):
        port = random.choice(SERVER_PORTS)
        if port not in taken and is_free(port):
            return port
    raise NoFreePortError(f"no free port on {LOOPBACK} between {SERVER_PORTS.start} and {SERVER_PORTS.stop - 1}")
