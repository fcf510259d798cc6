"""Members who got some of a lot that is recalled: told, and heard."""
