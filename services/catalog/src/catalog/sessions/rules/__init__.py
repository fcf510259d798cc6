"""What is true of sessions without a database or a clock."""
