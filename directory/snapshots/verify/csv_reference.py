"""The rule by which a record becomes a row of the CSV, in Python: what PostgreSQL writes is held to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def flatten(record: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> list[str]:
    """Return the cells of a record, each the value that the keys of a path lead to.

    Null is empty, a list its items joined by `|`, each with a backslash before its own `|` and backslashes.
    """
    return [_cell(_value(record, path)) for path in paths]


def _value(record: Mapping[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    value: Any = record
    for key in path:
        if value is None:
            return None
        # A key that is there only where it says something stands for null elsewhere.
        value = value.get(key)
    return value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(_item(item).replace("\\", "\\\\").replace("|", "\\|") for item in value)
    return str(value)


def _item(item: object) -> str:
    return f"{item['language'] or ''}:{item['name']}" if isinstance(item, dict) else str(item)
