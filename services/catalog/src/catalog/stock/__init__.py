"""What there is of each variant, who has reserved it, and every movement in and out."""
