"""Prices of a pickup point or of a cycle: the same variant offered there without being copied."""
