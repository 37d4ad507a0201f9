"""From staged rows to the registry: matching, statements of sources, what changes, what is withdrawn."""
