"""What is true of cycles, shares and fees without a database, a clock or a network."""
