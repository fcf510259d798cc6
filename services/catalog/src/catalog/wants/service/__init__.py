"""Use cases of wants."""
