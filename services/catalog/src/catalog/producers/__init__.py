"""The members as the catalog knows them, from the members service's events."""
