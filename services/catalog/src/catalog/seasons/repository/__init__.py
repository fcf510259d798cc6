"""Every statement about plans, and about what was asked for."""
