"""What a replay needs to know of each table: which records of the changes it holds, and what orders its lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from directory.snapshots.contents.tables import TABLES

# What reading records may raise that are not what they should be.
DAMAGE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
# Texts compare by code point, which is the order of their bytes in UTF-8.
Key: TypeAlias = tuple[str | int, ...]

TABLE_OF: Final[Mapping[str, str]] = {
    "account": "accounts",
    "department": "departments",
    "handle": "handles",
    "platform": "platforms",
    "region": "regions",
    "source": "sources",
}
TOMBSTONES: Final = "tombstones"
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {table.name: table.key for table in TABLES}


def dump(value: object) -> bytes:
    """Return JSON as the registry writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def is_replayed(table: str) -> bool:
    """Tell whether a table of this name follows from its state before and the changes since."""
    return table in _KEYS


def key_reader(table: str) -> Callable[[bytes], Key]:
    """Return what reads the key of a line of a table."""
    names = _KEYS[table]
    # Nearly all lines begin with their only key; reading the whole of a million records takes ten times as long.
    opening = f'{{"{names[0]}":"'.encode()
    start = len(opening) if len(names) == 1 else 0

    def read(line: bytes) -> Key:
        if start and line.startswith(opening):
            text = line[start : line.index(b'"', start)]
            if b"\\" not in text:
                return (text.decode(),)
        record = json.loads(line)
        return tuple(record[name] for name in names)

    return read


def tombstone(change: Mapping[str, Any]) -> tuple[Key, bytes]:
    """Return the key and the line of the tombstone that a change leaves whose record went."""
    values = {
        "kind": change["kind"],
        "id": change["id"],
        "action": change["action"],
        "revision": change["revision"],
        "at": change["at"],
        "replaced_by": change.get("replaced_by"),
    }
    return tuple(values[name] for name in _KEYS[TOMBSTONES]), dump(values) + b"\n"
