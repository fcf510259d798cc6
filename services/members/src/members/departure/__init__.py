"""Settling what is left open when a membership has ended: the membership ends at once, its accounts are settled."""
