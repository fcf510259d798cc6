"""The connections to one piece: the one used last is used next, so that few stay open and those are warm."""

import asyncio
from urllib.parse import urlsplit

from gateway.upstream.connection import Connection
from gateway.upstream.failures import Busy, Refused, TooSlow

#: Seconds that an unused connection is kept: less than a piece's own (uvicorn: 5), so that we are the one who closes.
IDLE = 4.0
CONNECT = 2.0
LIMIT = 1_000


class Pool:
    """Give back whatever was taken: ``release`` in every case."""

    def __init__(self, url: str, *, limit: int = LIMIT, idle: float = IDLE, connect: float = CONNECT) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url!r} must look like http://host:port")
        self.host = parts.hostname
        self.port = parts.port or 80
        #: What the piece is called in the Host header.
        self.authority = parts.netloc.rpartition("@")[2].encode()
        self._limit = limit
        self._idle_seconds = idle
        self._connect_seconds = connect
        self._idle: list[Connection] = []
        self.busy = 0
        #: Connections made since the start.
        self.made = 0

    @property
    def waiting(self) -> int:
        """Connections that are open and unused."""
        return len(self._idle)

    def take(self) -> Connection | None:
        """An open connection, if one is unused."""
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.closed or connection.transport.is_closing():
                continue
            if loop.time() - connection.idle_since > self._idle_seconds:
                connection.close()
                continue
            self.busy += 1
            return connection
        return None

    async def connect(self) -> Connection:
        """A new connection. Raises Busy, Refused or TooSlow."""
        if self.busy >= self._limit:
            raise Busy
        self.busy += 1
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(Connection, self.host, self.port)
        except BaseException as error:
            self.busy -= 1
            if isinstance(error, TimeoutError):
                raise TooSlow("connect") from error
            if isinstance(error, OSError):
                raise Refused(str(error)) from error
            raise
        self.made += 1
        return connection

    def release(self, connection: Connection) -> None:
        """Keeps the connection for the next one if its exchange ended well, and closes it otherwise."""
        self.busy -= 1
        if connection.complete and connection.reusable and not connection.closed:
            loop = asyncio.get_running_loop()
            connection.idle_since = loop.time()
            self._idle.append(connection)
        else:
            connection.close()

    def sweep(self) -> None:
        """Closes what was unused too long; the oldest are first in the list."""
        now = asyncio.get_running_loop().time()
        kept = [one for one in self._idle if not one.closed and now - one.idle_since <= self._idle_seconds]
        for connection in self._idle:
            if connection not in kept:
                connection.close()
        self._idle = kept

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
