"""Every test may ask for the fixtures of kit.testing."""

import hypothesis

pytest_plugins = ["kit.testing.plugin"]

# How long an example takes says more of the machine, which others use too, than of the rule.
hypothesis.settings.register_profile("trama", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("trama")
