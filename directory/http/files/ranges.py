"""Byte ranges of a file: which parts of it a Range header asks for.

Source: RFC 9110, section 14; where that leaves a choice, nginx's.
"""

from __future__ import annotations

import re
from typing import Final

from directory.http.problems import RangeNotSatisfiable

_UNIT: Final = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.ASCII)
# No file is longer than what nineteen digits count.
_RANGE: Final = re.compile(r"[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*")


def read_ranges(header: str, size: int) -> list[range]:
    """Give the parts of a file of `size` bytes that a Range header asks for, in its order; none where it has no say.

    What is not in the file is left out of a part. Raises RangeNotSatisfiable where nothing is left, or where the
    header is none.
    """
    unit = _UNIT.fullmatch(header)
    if unit is None:
        # Another unit than bytes is to be ignored.
        return []
    ranges: list[range] = []
    for specifier in unit[1].split(","):
        found = _RANGE.fullmatch(specifier)
        if found is None or not (found[1] or found[2]):
            raise RangeNotSatisfiable(f"{specifier.strip()[:40]!r} is no range of bytes.", size)
        part = _part(found[1], found[2], size)
        if part:
            ranges.append(part)
        elif part.start == 0:
            # The file is empty: what begins at its beginning is all of it.
            return []
    if not ranges:
        raise RangeNotSatisfiable(f"The file has {size} bytes, and none of those that are asked for.", size)
    return ranges


def _part(first: str, last: str, size: int) -> range:
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(int(last) + 1, size) if last else size)
