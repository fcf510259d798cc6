"""What orders ask of the ledger: holds, and the postings of a settlement."""
