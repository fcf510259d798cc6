"""Keep-alive connections to the pieces."""
