"""Byte ranges: the parser of the Range header.

Source: RFC 9110, section 14; where it leaves a choice, as nginx does.
"""

from __future__ import annotations

import re
from typing import Final

from directory.http.problems import RangeNotSatisfiable

_UNIT: Final = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.ASCII)
# Nineteen digits are enough for any file, and bound the cost of int().
_RANGE: Final = re.compile(r"[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*")


def parse_range_header(header: str, size: int) -> list[range]:
    """Return the ranges of a file of `size` bytes that a Range header requests; none to ignore it.

    Ranges are cut at the end of the file. Raises RangeNotSatisfiable where none is left, or where the header is
    malformed. werkzeug's function of this name returns None for both, and cuts nothing.
    """
    unit = _UNIT.fullmatch(header)
    if unit is None:
        # RFC 9110, 14.2: a recipient ignores units that it does not know.
        return []
    ranges: list[range] = []
    for specifier in unit[1].split(","):
        match = _RANGE.fullmatch(specifier)
        if match is None or not (match[1] or match[2]):
            raise RangeNotSatisfiable(f"{specifier.strip()[:40]!r} is no range of bytes.", size)
        part = _part(match[1], match[2], size)
        if part:
            ranges.append(part)
        elif part.start == 0:
            # The file is empty: a range from its beginning is all of it.
            return []
    if not ranges:
        raise RangeNotSatisfiable(f"The file has {size} bytes, and none of those that are requested.", size)
    return ranges


def _part(first: str, last: str, size: int) -> range:
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
