"""The life of handles: renamed, released, cleared for others, succeeded."""
