"""Sessions over HTTP: what is sent and what is answered."""
