"""Share capital: a register that is only ever added to."""
