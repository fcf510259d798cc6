"""What the network decides together: proposals, rolls, ballots and their count."""
