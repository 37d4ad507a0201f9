"""The region of an account at a level of the tree, as SQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from directory.accounts.filter_kinds import Table
from directory.database.sql import Fragment, column, compose, join, number_literal

MAX_LEVEL: Final = 4


@lru_cache(2 * MAX_LEVEL)
def region_at(level: int, table: Table = "accounts") -> Fragment:
    """Return the code of an account's region at a level, 1 for countries; of one further up, its own code.

    `account_counts` has regions down to level 2.
    """
    country = column(table, "country")
    if level == 1:
        return country
    deeper = [
        compose("nullif(split_part({}, '/', {}), '')", column(table, "region_path"), number_literal(depth))
        for depth in range(level, 2, -1)
    ]
    return compose("coalesce({})", join(", ", [*deeper, column(table, "division"), country]))
