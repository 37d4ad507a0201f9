"""Differences between two versions of a record, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

RecordJson: TypeAlias = Mapping[str, object]

# Keys that every change of a record changes, or none.
_IGNORED_KEYS: Final = frozenset({"revision", "created_at", "updated_at", "links"})


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A changed value; `field` has both keys of a nested value (`followers.count`)."""

    field: str
    old: object
    new: object


def list_differences(before: RecordJson | None, after: RecordJson) -> list[FieldDifference]:
    """Return the changed values in the order of `after`, then those only in `before`; a list is one value."""
    old, new = dict(_values(before or {})), dict(_values(after))
    fields = [*new, *(field for field in old if field not in new)]
    return [
        FieldDifference(field, old.get(field), new.get(field)) for field in fields if old.get(field) != new.get(field)
    ]


def _values(record: RecordJson) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if key in _IGNORED_KEYS:
            continue
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", each) for inner, each in value.items())
        else:
            yield key, value
