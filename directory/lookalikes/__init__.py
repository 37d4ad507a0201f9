"""Look-alikes: the keys under which similar handles are found, and how alike two handles are."""
