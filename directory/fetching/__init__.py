"""Fetch what others publish: bounded in time and size, and never from inside the network of this machine."""
