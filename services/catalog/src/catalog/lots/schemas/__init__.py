"""Lots as JSON."""
