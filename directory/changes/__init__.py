"""The change feed: every change of the registry in order, and the history of an account."""
