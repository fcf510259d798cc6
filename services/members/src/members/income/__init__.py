"""What the network is given, and what it is used for: contributions, subsidies, spending by purpose."""
