"""Use cases of bank accounts, statements and direct debits."""
