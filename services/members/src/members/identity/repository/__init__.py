"""SQL of users: who they are, and what proves it."""
