"""The region of an account at a level of the tree, as SQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from directory.database.sql import Fragment, compose, join, number_literal

MAX_LEVEL: Final = 4


@lru_cache(MAX_LEVEL)
def region_at(level: int) -> Fragment:
    """Return the code of an account's region at a level, 1 for countries; of one further up, its own code."""
    if level == 1:
        return compose("country")
    deeper = [
        compose("nullif(split_part(region_path, '/', {}), '')", number_literal(depth)) for depth in range(level, 2, -1)
    ]
    return compose("coalesce({})", join(", ", [*deeper, compose("division"), compose("country")]))
