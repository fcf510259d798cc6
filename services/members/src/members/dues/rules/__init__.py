"""What is true of dues without a database or a clock: periods, amounts, who is billed for what, what is paid."""
