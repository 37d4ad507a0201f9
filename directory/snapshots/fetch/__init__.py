"""Fetching a published snapshot over HTTP, safely and within bounds."""
