"""Bulk load: rows are read, validated, staged and merged into the registry by identity."""
