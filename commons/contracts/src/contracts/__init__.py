"""What is said between the pieces of Trama: events and value types, data only."""
