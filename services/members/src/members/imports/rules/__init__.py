"""What a list of members says, and what becomes of it: without a database or a clock."""
