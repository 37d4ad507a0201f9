"""What anybody reports about the registry, and what becomes of it."""
