"""What other pieces want members to be told."""
