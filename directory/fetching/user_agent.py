"""Who this program says that it is."""

from __future__ import annotations

from importlib.metadata import version

from directory.config import Config


def user_agent(config: Config) -> str:
    """Return what others see as the client: this program, the registry and its contact."""
    who = "; ".join(part for part in (config.public_url, config.contact) if part)
    return f"official-directory/{version('official-directory')}" + (f" (+{who})" if who else "")
