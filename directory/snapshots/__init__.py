"""The whole registry at one revision, as immutable files."""
