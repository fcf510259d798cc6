"""Signing in: tokens, refresh, signing keys."""
