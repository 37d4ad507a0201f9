"""A client that mirrors a registry: it keeps a verified local copy of the latest snapshot, without a database."""
