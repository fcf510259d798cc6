"""Packing lists, and handing over what was packed."""
