"""What the suppliers delivered, and how a shortage is shared."""
