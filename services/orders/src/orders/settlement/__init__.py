"""Who owes what to whom once a cycle is over; it adds up to zero."""
