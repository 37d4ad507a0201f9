"""What differs between two states of a record, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Record: TypeAlias = Mapping[str, object]

# Keys of a record that follow from every change of it, or never change.
_UNTOLD: Final = frozenset({"revision", "created_at", "updated_at", "links"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs; a value under a key of the record is named by both keys (`followers.count`)."""

    field: str
    old: object
    new: object


def differences(before: Record | None, after: Record) -> list[Difference]:
    """Give what differs, in the order of the keys of `after`, then what only `before` has; lists are one value."""
    old, new = dict(_values(before or {})), dict(_values(after))
    fields = [*new, *(field for field in old if field not in new)]
    return [Difference(field, old.get(field), new.get(field)) for field in fields if old.get(field) != new.get(field)]


def _values(record: Record) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if key in _UNTOLD:
            continue
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", each) for inner, each in value.items())
        else:
            yield key, value
