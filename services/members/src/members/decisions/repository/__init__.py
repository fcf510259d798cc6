"""SQL of proposals, rolls, ballots and delegations."""
