"""How commands get the settings and the registry: what the command line puts into click's context for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from psycopg import Connection

    from directory.config import Config

# The key in click's `Context.meta` of the object that is `Context.obj` at first: a group may replace the latter.
CONTEXT_KEY: Final = "directory.registry_opener"


class RegistryOpener(Protocol):
    """Opens the registry that the settings name."""

    def __call__(self) -> AbstractContextManager[Connection[Any]]:
        """Return a connection that writes to the registry, as a context."""
        ...

    def settings(self) -> Config:
        """Return the settings."""
        ...

    def registry(self, config: Config) -> AbstractContextManager[str]:
        """Yield the connection URL of the registry after migrating it."""
        ...
