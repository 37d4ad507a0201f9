"""The orders that the list offers, and where in an order a page begins.

Every key is an expression that an index of `accounts` holds, so that a page is read from where it begins,
however deep it lies. NULL is the lowest value of each key, which its expression says itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from directory.database.sql import Fragment, compose, join, placeholder
from directory.http.pagination import require_types
from directory.http.problems import InvalidCursor

_OTHER_ORDER: Final = "The cursor is of another order."

CursorValue = str | int | None


# A whole number as PostgreSQL writes it.
_WHOLE: Final = re.compile("0|-?[1-9][0-9]{0,18}", re.ASCII)


def _text(text: str) -> object:
    if "\0" in text:
        raise ValueError(text)
    return text


def _whole(text: str) -> object:
    return _read_whole(text, 2**63)


def _small(text: str) -> object:
    return _read_whole(text, 2**31)


def _read_whole(text: str, limit: int) -> int:
    number = int(text) if _WHOLE.fullmatch(text) else limit
    if not -limit <= number < limit:
        raise ValueError(text)
    return number


def _day(text: str) -> object:
    return text if text == "-infinity" else dt.date.fromisoformat(text)


def _moment(text: str) -> object:
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to sort by: its SQL, and how a text of it is read back from a cursor."""

    expression: Fragment
    type: Fragment
    read: Callable[[str], object] = _text


KEYS: Final = {
    "id": Key(compose("accounts.id"), compose("text")),
    "name": Key(compose("coalesce(accounts.name_key, '')"), compose("text")),
    "followers": Key(compose("coalesce(accounts.followers, -1)"), compose("bigint"), _whole),
    "opened_on": Key(compose("coalesce(accounts.opened_on, '-infinity')"), compose("date"), _day),
    "created_at": Key(compose("accounts.created_at"), compose("timestamptz"), _moment),
    "updated_at": Key(compose("accounts.updated_at"), compose("timestamptz"), _moment),
}
SORTS: Final = tuple(KEYS)
# How well an account matches a search; of those that match equally well the one that reaches more, then the one in
# use, then the one with the shorter name. Each with its direction; the id decides last.
_CLOSENESS: Final = (
    (Key(compose("hits.tier"), compose("integer"), _small), False),
    (Key(compose("search_followers(accounts.followers)"), compose("bigint"), _whole), True),
    (Key(compose("search_status_rank(accounts.status)"), compose("integer"), _small), False),
    (Key(compose("hits.name_length"), compose("integer"), _small), False),
    (KEYS["id"], False),
)


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of accounts: keys, each with its direction, of which the last is the id."""

    keys: tuple[tuple[Key, bool], ...]

    @classmethod
    def by(cls, names: Sequence[str], *, searching: bool = False) -> Order:
        """Return the order by `names`, a `-` before a name for descending; the id closes it in the last direction.

        Without names: what was searched for by closeness; else by id.
        """
        if searching and not names:
            return cls(_CLOSENESS)
        terms = [(KEYS[name.removeprefix("-")], name.startswith("-")) for name in names]
        if not terms or terms[-1][0] is not KEYS["id"]:
            terms.append((KEYS["id"], bool(terms) and terms[-1][1]))
        return cls(tuple(terms))

    @property
    def is_single(self) -> bool:
        """Tell whether all keys go in one direction, so that one comparison of rows finds where a page begins."""
        return len({descending for _, descending in self.keys}) == 1

    @property
    def is_by_closeness(self) -> bool:
        """Tell whether it is the order of a search."""
        return self.keys == _CLOSENESS

    @property
    def is_by_followers(self) -> bool:
        """Tell whether followers decide, then the id."""
        return self.keys[0][0] is KEYS["followers"] and len(self.keys) == 2  # noqa: PLR2004 - followers and id

    @property
    def newest_first(self) -> Fragment | None:
        """The time that decides first, if the latest comes first."""
        key, descending = self.keys[0]
        return key.expression if descending and key in (KEYS["created_at"], KEYS["updated_at"]) else None

    def order_by(self) -> Fragment:
        """Return the ORDER BY clause."""
        directions = [compose("{} DESC" if descending else "{}", key.expression) for key, descending in self.keys]
        return compose("ORDER BY {}", join(", ", directions))

    def values(self) -> Fragment:
        """Return the select list of what a cursor holds, as text."""
        return join(", ", (compose("({})::text", key.expression) for key, _ in self.keys))

    def after(self, values: Sequence[CursorValue]) -> tuple[Fragment, dict[str, object]]:
        """Return the condition that a row comes after `values`; raise InvalidCursor where they are of another order."""
        parameters = {f"after_{position}": value for position, value in enumerate(self.read(values))}
        places = [
            compose("{}::{}", placeholder(name), key.type) for name, (key, _) in zip(parameters, self.keys, strict=True)
        ]
        if self.is_single:
            comparison = compose(
                "({}) {} ({})",
                join(", ", (key.expression for key, _ in self.keys)),
                compose("<" if self.keys[0][1] else ">"),
                join(", ", places),
            )
            return comparison, parameters
        return self._after_mixed(places), parameters

    def read(self, values: Sequence[CursorValue]) -> list[object]:
        """Return the values of a cursor as they are compared; raise InvalidCursor where they are of another order."""
        require_types(values, [str] * len(self.keys))
        try:
            return [key.read(str(value)) for (key, _), value in zip(self.keys, values, strict=True)]
        except ValueError as error:
            raise InvalidCursor(_OTHER_ORDER) from error

    def _after_mixed(self, places: Sequence[Fragment]) -> Fragment:
        """Compare key by key; the bound of the first key stands alone, so that its index can begin there."""
        (key, descending), bound = self.keys[-1], places[-1]
        condition = compose("{} {} {}", key.expression, compose("<" if descending else ">"), bound)
        for (key, descending), bound in zip(self.keys[-2::-1], places[-2::-1], strict=True):
            beyond = compose("<" if descending else ">")
            condition = compose("({0} {1} {2} OR ({0} = {2} AND {3}))", key.expression, beyond, bound, condition)
        key, descending = self.keys[0]
        return compose("{} {} {} AND {}", key.expression, compose("<=" if descending else ">="), places[0], condition)


# The list below a record: its observations, the newest first.
OBSERVATIONS: Final = Order(
    (
        (Key(compose("observed_at"), compose("timestamptz"), _moment), True),
        (Key(compose("source"), compose("text")), True),
    )
)
CLOSENESS: Final = Order(_CLOSENESS)
