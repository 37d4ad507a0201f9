"""What the operator says of the registry, as it stands in what is published of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from unicodedata import normalize

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
        """Take it from the settings, in Unicode's normal form C as all that is published."""
        return cls(
            title=normalize("NFC", config.title),
            description=normalize("NFC", config.description),
            publisher=config.publisher and normalize("NFC", config.publisher),
            contact=config.contact,
            licence=config.licence and normalize("NFC", config.licence),
            licence_url=config.licence_url,
        )
