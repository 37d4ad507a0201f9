"""The bounds that follow from what kind of value it is, where its schema states none of its own.

Generated clients choose their types by them (`int64`), and whoever stores answers the width of a column.
"""

from __future__ import annotations

from typing import Any, Final

# The largest whole number that every reader of JSON keeps exactly (RFC 8259, section 6).
MAX_INTEGER: Final = 2**53 - 1
# The longest text: it comes from a command or a setting, and Linux passes no longer argument or variable to a program.
MAX_TEXT_LENGTH: Final = 131_071
# As the registry writes them: `2024-06-30`, `2024-06-30T12:00:00.000000+00:00`.
_MAX_LENGTH: Final = {"date": 10, "date-time": 35}


def add_bounds(part: object) -> None:
    """Give each whole number and text in a part of the contract the bounds of its kind, unless it has its own."""
    if isinstance(part, list):
        for item in part:
            add_bounds(item)
    if not isinstance(part, dict):
        return
    _bound(part)
    for key, value in part.items():
        # Whatever is in an example or an enumeration is a value and no schema.
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
    # Of a download or a file nobody knows the end beforehand.
    if "string" in kinds and schema.get("format") != "binary":
        schema.setdefault("maxLength", _MAX_LENGTH.get(schema.get("format", ""), MAX_TEXT_LENGTH))
