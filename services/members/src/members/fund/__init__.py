"""The community fund: what members put in, loans among them, and where the fund stands."""
