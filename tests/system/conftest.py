"""A network of real processes: the one that TRAMA_GATEWAY names (compose, say), else one started for the tests."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from demo.examples import PASSWORD, address
from demo.loading import load
from local import stack
from tests.system.calling import Journal, Person


@contextmanager
def with_example(slug: str, *, pieces: str | None = None) -> Iterator[str]:
    """The address of a network of this name with its example data."""
    with stack.running(slug, pieces=pieces) as network:
        enter(slug, network.gateway_url)
        yield network.gateway_url


def enter(slug: str, gateway: str, admin: tuple[str, str] | None = None) -> list[str]:
    """Loads the example; what the loader told, line by line."""
    told: list[str] = []
    email, password = admin or (address(slug, "admin"), PASSWORD)
    load(
        slug,
        gateway,
        admin_email=email,
        admin_password=password,
        tell=lambda what, tally: told.append(f"{what}: {tally}"),
    )
    return told


@pytest.fixture(scope="session")
def gateway() -> Iterator[str]:
    """The address of Querétaro's gateway, with the example data."""
    given = os.environ.get("TRAMA_GATEWAY")
    if given:
        email = os.environ.get("TRAMA_ADMIN_EMAIL", address("queretaro", "admin"))
        enter("queretaro", given, (email, os.environ.get("TRAMA_ADMIN_PASSWORD", PASSWORD)))
        yield given
    else:
        with with_example("queretaro") as started:
            yield started


@pytest.fixture(scope="session")
def http(gateway: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def journal(record_property: Callable[[str, object], None]) -> Iterator[Journal]:
    """The journey's calls; printed at the end of the run, however the test ended."""
    kept = Journal()
    yield kept
    record_property("journey", kept.table())


@pytest.fixture(scope="module")
def anyone(http: httpx.Client) -> Person:
    """Somebody who has not signed in; what they do is not noted."""
    return Person(http, Journal())


@pytest.fixture(scope="module")
def coordinator(anyone: Person) -> Person:
    return anyone.sign_in("coordinadora@queretaro.example")


@pytest.fixture(scope="module")
def treasurer(anyone: Person) -> Person:
    return anyone.sign_in("tesorera@queretaro.example")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The journeys' tables."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, table in getattr(report, "user_properties", ()):
                if name == "journey" and report.when == "teardown":
                    terminalreporter.section(report.nodeid.rpartition("::")[2].replace("_", " "))
                    terminalreporter.write_line(table)
