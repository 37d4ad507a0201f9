"""Regions: ISO 3166 and GB/T 2260 as one tree."""
