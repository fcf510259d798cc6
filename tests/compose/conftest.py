"""The network that deploy/try-compose has started."""

import os

import pytest

from tests.compose.engine import Containers

NAMES = ("NETWORK", "COMPOSE_PROJECT_NAME", "TRAMA_PORT", "TRAMA_SECRETS", "TRAMA_VERSION")


@pytest.fixture(scope="session")
def queretaro() -> Containers:
    missing = [name for name in NAMES if name not in os.environ]
    if missing:
        pytest.fail("these tests are for a network that runs: start them by deploy/try-compose")
    return Containers({name: os.environ[name] for name in NAMES})
