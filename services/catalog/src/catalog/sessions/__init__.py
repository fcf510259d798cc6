"""Dated occasions of a service or workshop: planned alone or in series, booked, waited for, attended."""
