"""Entries taken from other lists, as GeoJSON."""
