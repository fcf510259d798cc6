"""The network's public events for those without NATS: server-sent, and in batches."""
