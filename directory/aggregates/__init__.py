"""Accounts and followers counted by up to three dimensions, within any filter."""
