"""SQL of bank accounts, statements, lines and direct debits."""
