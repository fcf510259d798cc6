"""What is true of the fund and its loans without a database."""
