"""What can be wrong with a storage of snapshots, and the mark by which it is kept for one registry."""

from __future__ import annotations

from typing import Final

MARK: Final = "registry"


class StorageError(Exception):
    """The storage of snapshots cannot be used; the message says what failed, and where."""


def check_mark(kept: str | None, mark: str, where: str) -> bool:
    """Tell whether a storage bears the mark of a registry already; raise StorageError if it bears another one's."""
    if kept is not None and kept != mark:
        message = f"{where} has the snapshots of another registry; name another place by DIRECTORY_STORAGE_URL"
        raise StorageError(message)
    return kept is not None
