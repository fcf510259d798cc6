"""Who a person is: users, passwords, roles."""
