"""Every statement about wants. Wants are locked in the order of their ids, and before their matches."""
