"""A public registry of official government accounts on social platforms, and the open-data API that publishes it."""

__version__ = "0.1.0"
