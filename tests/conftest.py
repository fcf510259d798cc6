"""Every test may ask for the fixtures of kit.testing."""

pytest_plugins = ["kit.testing.plugin"]
