"""What members look for, and what is on offer of it: both sides are told."""
