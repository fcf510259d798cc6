"""What the catalog keeps of a member, and how it forgets."""
