"""Every statement about lots."""
