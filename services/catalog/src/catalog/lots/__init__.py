"""Lots, what was made of them, and where each bit of them went."""
