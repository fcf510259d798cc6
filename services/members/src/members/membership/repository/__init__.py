"""SQL of members, by what it is about."""
