"""What a row takes away of what its source said before.

A row says something of the columns that it has: where the cell is empty, that there is nothing. Of a column that is not
there, or whose value is not understood, it says nothing, and what its source said before stays.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

# Beside the keys of a statement: the Chinese names among `names`, and the others.
_CHINESE: Final = "name_zh"
_OTHERS: Final = "names"
# `name` is the Chinese name, in want of a column for it.
DERIVED: Final = "name_derived"
# The key of names that are compared goes with the name, and is no column.
_EVERYTHING: Final = frozenset(
    {"name", "name_key", _CHINESE, _OTHERS, "description", "department", "department_type", "department_url", "region"}
    | {"subject", "status", "followers", "followers_at", "posts", "last_post_at", "opened_on", "closed_on"}
    | {"language", "tags", "source_id"}
)
_NOTHING: Final[frozenset[str]] = frozenset()


def clear(
    known: Collection[str], empty: Collection[str], lost: Collection[str], *, is_replacing: bool
) -> frozenset[str] | None:
    """Return the keys of an earlier statement that go where the row itself has none; None if all do.

    `known` are the columns with a value, `empty` those that are there without one, `lost` those whose values could not
    be read. `names` stands for all names in other languages than Chinese and `name_zh` for the Chinese ones, also
    where the row has them; `name_derived` says that the row's `name` is the Chinese one, as it has no column `name`.
    """
    if is_replacing:
        # A department is left out with its region.
        lost = {*lost, "department", "department_url"} - {*known} if "region" in lost else lost
        return _EVERYTHING - _with_keys(lost) if lost else None
    if not empty and _CHINESE not in known and _OTHERS not in known:
        return _NOTHING
    cleared = _with_keys(empty)
    for names in (_CHINESE, _OTHERS):
        if names in known:
            cleared.add(names)
    if _CHINESE in known and "name" not in known and "name" not in empty:
        cleared.add(DERIVED)
    return frozenset(cleared)


def _with_keys(fields: Collection[str]) -> set[str]:
    return {*fields, "name_key"} if "name" in fields else {*fields}


@lru_cache(maxsize=4_096)
def write_list(cleared: frozenset[str]) -> str:
    """Return an array of PostgreSQL in its text form; no key has to be quoted."""
    return f"{{{','.join(sorted(cleared))}}}"
