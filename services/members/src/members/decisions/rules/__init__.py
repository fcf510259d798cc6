"""What is true of proposals, ballots and counts without a database or a clock."""
