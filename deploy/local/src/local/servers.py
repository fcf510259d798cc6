"""PostgreSQL and NATS as parts of a network: started, and started again on the same port."""

from dataclasses import dataclass, field
from pathlib import Path

from embedded import nats, postgres
from embedded.nats import Nats
from embedded.postgres import Postgres
from embedded.process import Process


@dataclass
class DatabaseServer:
    """The network's PostgreSQL; ``port`` is a wish until it has started."""

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
        self.server = postgres.start(self.folder, port=self.port, settings=self.settings)
        self.port = self.server.port
        return self.server


@dataclass
class Broker:
    """The network's NATS; ``port`` is a wish until it has started."""

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
        self.server = nats.start(self.folder, domain=self.domain, port=self.port)
        self.port = self.server.port
        return self.server
