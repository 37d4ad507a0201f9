"""Keep a verified copy of a registry's snapshots in step with it: a client, which needs no database."""
