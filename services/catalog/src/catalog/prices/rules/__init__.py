"""What is true of costs, yields and fair prices without a database or a clock."""
