"""What became of the registry: every change in its order, and the history of one account."""
