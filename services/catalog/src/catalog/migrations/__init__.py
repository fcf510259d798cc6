"""The catalog's tables, from the first to the newest."""
