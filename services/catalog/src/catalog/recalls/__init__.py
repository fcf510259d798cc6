"""Taking back what went out of a lot: who got some, what is still here, and telling them."""
