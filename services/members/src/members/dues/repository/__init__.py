"""SQL of dues."""
