"""Deletion and erasure of records, and the suppression list for imports."""
