"""PostgreSQL and NATS as parts of a network: started, and started again on the same port."""

from dataclasses import dataclass, field
from pathlib import Path

from embedded import nats, postgres
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.process import Process, StartError


@dataclass
class DatabaseServer:
    """The network's PostgreSQL; ``port`` is a wish until it has started, and kept from then on."""

    folder: Path
    port: int | None
    settings: dict[str, str] = field(default_factory=dict)
    name: str = "postgres"
    server: Postgres | None = None

    @property
    def process(self) -> Process | None:
        return self.server.process if self.server else None

    def start(self) -> Postgres:
        """Start it and wait until it takes connections."""
        known = self.port if self.server else None
        self.server = postgres.start(self.folder, port=self.port, settings=self.settings)
        self.port = _same(known, self.server)
        return self.server


@dataclass
class Broker:
    """The network's NATS; ``port`` is a wish until it has started, and kept from then on."""

    folder: Path
    domain: str
    port: int | None
    name: str = "nats"
    server: Nats | None = None

    @property
    def process(self) -> Process | None:
        return self.server.process if self.server else None

    def start(self) -> Nats:
        """Start it and wait until it takes connections."""
        known = self.port if self.server else None
        self.server = nats.start(self.folder, domain=self.domain, port=self.port)
        self.port = _same(known, self.server)
        return self.server


def _same(known: int | None, server: Postgres | Nats) -> int:
    """Give the server's port; stop it again if the pieces know it by another that somebody has taken meanwhile."""
    if known is not None and server.port != known:
        server.stop()
        raise StartError(f"somebody else listens on its port {known}")
    return server.port
