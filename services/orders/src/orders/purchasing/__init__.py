"""Closing a cycle: demand becomes whole cases, cases become a purchase order per supplier."""
