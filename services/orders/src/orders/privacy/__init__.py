"""What the orders piece keeps of a member, and how it forgets."""
