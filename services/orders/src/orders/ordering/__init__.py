"""Orders and the saga that confirms or rejects them."""
