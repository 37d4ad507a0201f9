"""Departments: the government bodies that run accounts, and their types."""
