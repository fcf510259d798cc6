"""The participatory guarantee: standards, pledges, peer visits, decisions, certificates."""
