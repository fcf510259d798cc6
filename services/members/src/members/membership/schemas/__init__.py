"""Members and application forms, as they are sent and answered."""
