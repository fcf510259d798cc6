"""What is true of lots without a database or a clock."""
