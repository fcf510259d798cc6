"""Use cases of deciding together."""
