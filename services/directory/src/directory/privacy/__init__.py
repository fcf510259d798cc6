"""What the directory keeps of a member, and how it forgets."""
