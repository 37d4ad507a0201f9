"""The PostgreSQL that starts by itself when no DATABASE_URL is set, and stops when its last user ends."""
