"""Who belongs to the network, and in what standing."""
