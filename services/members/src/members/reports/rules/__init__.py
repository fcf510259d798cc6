"""What a report says, and how it follows from the books."""
