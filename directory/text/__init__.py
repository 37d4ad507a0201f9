"""Text: one normal form for every way of writing it, and how Chinese characters are read."""
