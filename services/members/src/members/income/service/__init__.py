"""Use cases of what is given to the network and what it is used for."""
