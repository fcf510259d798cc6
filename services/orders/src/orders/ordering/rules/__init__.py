"""What is true of orders without a database, a clock or a network."""
