"""Bank statements matched to what members owe, and direct debits."""
