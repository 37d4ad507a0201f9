"""Default bounds of integers and strings in the OpenAPI document, by type and format.

Client generators choose types by them (`int64`), and users who store answers the width of a column.
"""

from __future__ import annotations

from typing import Any, Final

# The largest integer that every JSON parser represents exactly (RFC 8259, section 6).
MAX_INTEGER: Final = 2**53 - 1
# The longest string comes from a command or a setting: MAX_ARG_STRLEN of Linux, without the NUL at its end.
MAX_TEXT_LENGTH: Final = 131_071
# As the registry writes them: `2024-06-30`, `2024-06-30T12:00:00.000000+00:00`.
_MAX_LENGTH: Final = {"date": 10, "date-time": 35}


def add_bounds(part: object) -> None:
    """Add the bounds of its type to each integer and string in a part of the contract that has none of its own."""
    if isinstance(part, list):
        for item in part:
            add_bounds(item)
    if not isinstance(part, dict):
        return
    _bound(part)
    for key, value in part.items():
        # Examples and enumerations contain values and no schemas.
        if key not in {"default", "enum", "example", "examples", "required"}:
            add_bounds(value)


def _bound(schema: dict[str, Any]) -> None:
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list) or "enum" in schema or "const" in schema:
        return
    if "integer" in kinds:
        schema.setdefault("format", "int64")
        schema.setdefault("minimum", 0)
        schema.setdefault("maximum", MAX_INTEGER)
    # A download or a file has no length that is known beforehand.
    if "string" in kinds and schema.get("format") != "binary":
        schema.setdefault("maxLength", _MAX_LENGTH.get(schema.get("format", ""), MAX_TEXT_LENGTH))
