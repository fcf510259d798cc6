"""SQL of the fund. Whoever writes of a loan has locked it; whoever moves money has locked the ledger's accounts."""
