"""What each producer intends to have, week by week, and what is likely to be asked for."""
