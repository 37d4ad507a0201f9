"""The connectors that are part of this program, one module each."""
