"""The profiles of those who make up the network, and of their neighbours."""
