"""Reports about the registry itself: which bodies have accounts, and which should have some."""
