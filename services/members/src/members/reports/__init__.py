"""What the assembly reads: where money came from, what it was used for, and what is left."""
