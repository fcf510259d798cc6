"""SQL of purposes, contributions, subsidies and spending."""
