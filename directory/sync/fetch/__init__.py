"""HTTP for connectors: polite, bounded, and resumed after a kill."""
