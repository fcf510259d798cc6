"""Where and when is ordered, what is on offer then, and what it costs."""
