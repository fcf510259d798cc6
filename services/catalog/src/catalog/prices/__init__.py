"""What it costs to make something: diagnoses, fair prices, and how prices compare with them."""
