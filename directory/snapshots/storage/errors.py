"""Errors of a storage, and the marker file by which a storage belongs to one registry."""

from __future__ import annotations

from typing import Final

OWNER_FILE: Final = "registry"


class StorageError(Exception):
    """The storage cannot be used; the message says what failed, and where."""


def check_owner(owner: str | None, registry_id: str, location: str) -> bool:
    """Whether a storage whose marker says `owner` (None: no marker) is this registry's; raise StorageError if not."""
    if owner is not None and owner != registry_id:
        message = f"{location} has the snapshots of another registry; set DIRECTORY_STORAGE_URL to another location"
        raise StorageError(message)
    return owner is not None
