"""Fixtures; ``pytest_plugins = ["kit.testing.plugin"]`` loads them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from kit.messaging.broker import Broker
from kit.testing import mail
from kit.testing import servers as starting
from kit.testing.databases import Databases
from kit.testing.mail import Postbox
from kit.testing.pieces import Runner, new_network, stream_of
from kit.testing.servers import Servers
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a NATS for the whole run."""
    with starting.started() as running:
        yield running


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Databases:
    return Databases(servers.postgres_url)


@pytest.fixture
def network() -> str:
    """The slug of a network that only this test knows."""
    return new_network()


@pytest.fixture
def tokens(network: str) -> Tokens:
    return Tokens(f"/networks/{network}")


@pytest.fixture
def running(servers: Servers, databases: Databases, network: str, tokens: Tokens) -> Runner:
    """Runs pieces: ``async with running("catalog") as piece``."""
    return Runner(servers, databases, network, tokens)


@pytest.fixture
async def spy(servers: Servers, network: str) -> AsyncIterator[Spy]:
    """Sees and sends the network's events. Ask for it before ``running``, so that its stream is there first."""
    broker = Broker(servers.nats_url, network=network, stream=stream_of(network), days=1, name="spy")
    watching = Spy(broker)
    await watching.start()
    yield watching
    await watching.close()


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """A mail server; ``running("members", **postbox.settings)`` sends to it."""
    async with mail.postbox() as box:
        yield box
