"""A real PostgreSQL and a real NATS: those that the environment names, containers, or the embedded ones."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from embedded import nats, postgres


@dataclass(frozen=True)
class Servers:
    #: An administrator's URL, of any database.
    postgres_url: str
    nats_url: str


@contextmanager
def started() -> Iterator[Servers]:
    """Servers for tests. TRAMA_TEST_SERVERS=containers takes them from images, as in compose."""
    given = os.environ.get("TRAMA_TEST_POSTGRES_URL"), os.environ.get("TRAMA_TEST_NATS_URL")
    if given[0] and given[1]:
        yield Servers(given[0], given[1])
    elif os.environ.get("TRAMA_TEST_SERVERS") == "containers":
        with _containers() as servers:
            yield servers
    else:
        with postgres.throwaway() as database, nats.throwaway() as broker:
            yield Servers(database.url(), broker.url)


@contextmanager
def _containers() -> Iterator[Servers]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    with ExitStack() as stack:
        database = stack.enter_context(
            DockerContainer("postgres:17-alpine")
            .with_env("POSTGRES_PASSWORD", "test")
            # As deploy/docker-compose.yml and the embedded servers have it: words are ordered by code point.
            .with_env(
                "POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
            )
            .with_command("postgres -c fsync=off -c max_connections=300")
            .with_exposed_ports(5432)
            .waiting_for(LogMessageWaitStrategy("database system is ready to accept connections", times=2))
        )
        broker = stack.enter_context(
            DockerContainer("nats:2.15-alpine")
            .with_command("-js -sd /tmp/nats")
            .with_exposed_ports(4222)
            .waiting_for(LogMessageWaitStrategy("Server is ready"))
        )
        yield Servers(
            f"postgresql://postgres:test@127.0.0.1:{database.get_exposed_port(5432)}/postgres",
            f"nats://127.0.0.1:{broker.get_exposed_port(4222)}",
        )
