"""How many records a page shows: as many as it is asked for, up to what a page for people can bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from directory.http.parameters import Pairs

# Whatever the API returns on a page, a page for people is no longer: each row may need a request of its own.
MAX_SIZE: Final = 100
# What has more digits than the largest number of the API is for the API to refuse.
_MAX_DIGITS: Final = 4


def with_page_size(pairs: Pairs, default: int, largest: int = MAX_SIZE) -> Pairs:
    """Return the parameters of a page for the API: with `limit`, `default` where none is asked for."""
    if all(name != "limit" for name, _value in pairs):
        return (*pairs, ("limit", str(default)))
    return tuple((name, _at_most(value, largest) if name == "limit" else value) for name, value in pairs)


def _at_most(limit: str, largest: int) -> str:
    if limit.isascii() and limit.isdigit() and len(limit) <= _MAX_DIGITS:
        return str(min(int(limit), largest))
    return limit
