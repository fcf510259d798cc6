"""The orders service: its rules, its API and its events."""
