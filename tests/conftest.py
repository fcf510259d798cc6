"""Every test may ask for the fixtures of kit.testing."""

import os

import hypothesis
import pytest

pytest_plugins = ["kit.testing.plugin"]

# How long an example takes says more of the machine, which others use too, than of the rule.
hypothesis.settings.register_profile("trama", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("trama")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In containers only what touches a server is tried again: rules are the same on every PostgreSQL."""
    if os.environ.get("TRAMA_TEST_SERVERS") != "containers":
        return
    apart = [item for item in items if "servers" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if item not in set(apart)]
