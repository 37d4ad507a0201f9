"""Changes of handles by an operator: rename, release, unquarantine, transfer."""
