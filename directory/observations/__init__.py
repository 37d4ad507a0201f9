"""Observations of all accounts, in the order in which the registry got them: for mirrors."""
