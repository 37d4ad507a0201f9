"""Responses whose body is a file: ranges, stored files, and the cache of generated downloads."""
