"""A second implementation of the CSV flattening, in Python, with which the CSV from PostgreSQL is compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def flatten(record: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> list[str]:
    """Return the cells of a record, one per path of keys.

    Null is an empty cell, an object its JSON, a list its items joined by `|`, in which `|` and backslashes are escaped
    by a backslash.
    """
    return [_cell(_value(record, path)) for path in paths]


def _value(record: Mapping[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = record
    for key in path:
        if value is None:
            return None
        # An optional key that is absent counts as null.
        value = value.get(key)
    return value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(_item(item).replace("\\", "\\\\").replace("|", "\\|") for item in value)
    if isinstance(value, dict):
        # As PostgreSQL writes jsonb.
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _item(item: object) -> str:
    return f"{item['language'] or ''}:{item['name']}" if isinstance(item, dict) else str(item)
