"""Finding accounts by name: normal forms of text, the terms under which accounts stand, and queries for them."""
