"""Followers and what else is observed of accounts: the series, and the latest counts."""
