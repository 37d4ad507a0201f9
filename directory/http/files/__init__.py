"""Responses whose body is a file: downloads, ranges, conditional requests, the cache of downloads."""
