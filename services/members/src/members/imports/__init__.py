"""Taking in a list of members that was kept elsewhere until now."""
