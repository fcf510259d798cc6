"""The connections to one piece: the one used last is used next, so that few stay open and those are warm."""

import asyncio
from urllib.parse import urlsplit

from gateway.upstream.connection import Connection
from gateway.upstream.failures import Busy, Refused, TooSlow

#: Seconds that an unused connection is kept: less than a piece's own (uvicorn: 5), so that we are the one who closes.
IDLE = 4.0
CONNECT = 2.0
#: Seconds between two looks at the connections: how exact the times are.
LOOK = 0.05
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
        self._busy: set[Connection] = set()
        self._connecting = 0
        #: Connections made since the start.
        self.made = 0

    @property
    def busy(self) -> int:
        """Connections that somebody has taken, or waits for."""
        return len(self._busy) + self._connecting

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
            self._busy.add(connection)
            return connection
        return None

    async def connect(self) -> Connection:
        """A new connection. Raises Busy, Refused or TooSlow."""
        if self.busy >= self._limit:
            raise Busy
        self._connecting += 1
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(Connection, self.host, self.port)
        except TimeoutError as error:
            raise TooSlow("connect") from error
        except OSError as error:
            raise Refused(str(error)) from error
        finally:
            self._connecting -= 1
        self._busy.add(connection)
        self.made += 1
        return connection

    def release(self, connection: Connection) -> None:
        """Keeps the connection for the next one if its exchange ended well, and closes it otherwise."""
        self._busy.discard(connection)
        if connection.complete and connection.reusable and not connection.closed:
            loop = asyncio.get_running_loop()
            connection.idle_since = loop.time()
            self._idle.append(connection)
        else:
            connection.close()

    async def watch(self) -> None:
        """Ends waits whose time is up, and closes what was unused too long. Runs until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK)
            now = loop.time()
            for connection in list(self._busy):
                connection.look(now)
            # The one used longest ago is the first.
            while self._idle and (self._idle[0].closed or now - self._idle[0].idle_since > self._idle_seconds):
                self._idle.pop(0).close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
