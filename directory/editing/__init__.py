"""Changes of records by HTTP, by those who have a token."""
