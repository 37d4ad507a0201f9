"""Verifying a snapshot from its files alone."""
