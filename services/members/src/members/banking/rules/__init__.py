"""What is true of bank accounts, statements, matches and direct debits, without a database or a clock."""
