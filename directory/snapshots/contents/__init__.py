"""What is in a snapshot: its tables, and each of them in every format."""
