"""Accounts and transfers, in double entry."""
