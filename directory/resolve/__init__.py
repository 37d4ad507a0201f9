"""Is this account official? What a person pasted, what the registry knows of it, and a verdict with its reasons."""
