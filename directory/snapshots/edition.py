"""What the operator says of the registry, as it stands in what is published of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from directory.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Title, description, publisher, contact and licence of the collection; None where nothing is said."""

    title: str
    description: str
    publisher: str | None = None
    contact: str | None = None
    licence: str | None = None
    licence_url: str | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        """Take it from the settings."""
        return cls(title=config.title, description=config.title, publisher=config.publisher, contact=config.contact)
