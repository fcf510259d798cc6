"""What is true of wants without a database or a clock."""
