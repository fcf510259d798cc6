"""From the outbox of one piece, over JetStream, into the inbox of another."""
