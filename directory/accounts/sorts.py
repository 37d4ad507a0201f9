"""The orders of the list, and the condition by which a page begins after a cursor (keyset pagination).

Every key is an expression that an index of `accounts` has, so that a page is read from where it begins, however deep
it is in the list. NULL is the lowest value of each key: `coalesce` in its expression makes it so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from directory.database.sql import Fragment, compose, join, placeholder
from directory.http.pagination import require_types
from directory.http.problems import InvalidCursor

_WRONG_ORDER: Final = "The cursor is of another order."

# Few orders are in use, though a client may combine the keys in any order.
_CACHED_ORDERS: Final = 256

CursorValue = str | int | None


# As PostgreSQL writes one.
_NUMBER: Final = re.compile("0|-?[1-9][0-9]{0,18}", re.ASCII)


def _parse_text(text: str) -> object:
    if "\0" in text:
        raise ValueError(text)
    return text


def _parse_bigint(text: str) -> object:
    return _parse_number(text, 2**63)


def _parse_integer(text: str) -> object:
    return _parse_number(text, 2**31)


def _parse_number(text: str, limit: int) -> int:
    # A cursor's values come from outside: what PostgreSQL would refuse must be an invalid cursor, not a server error.
    number = int(text) if _NUMBER.fullmatch(text) else limit
    if not -limit <= number < limit:
        raise ValueError(text)
    return number


def _parse_date(text: str) -> object:
    return text if text == "-infinity" else dt.date.fromisoformat(text)


def _parse_timestamp(text: str) -> object:
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key: its SQL expression and type, and how a cursor's text of it is parsed."""

    expression: Fragment
    type: Fragment
    parse: Callable[[str], object] = _parse_text


KEYS: Final = {
    "id": Key(compose("accounts.id"), compose("text")),
    "name": Key(compose("coalesce(accounts.name_key, '')"), compose("text")),
    "followers": Key(compose("coalesce(accounts.followers, -1)"), compose("bigint"), _parse_bigint),
    "opened_on": Key(compose("coalesce(accounts.opened_on, '-infinity')"), compose("date"), _parse_date),
    "created_at": Key(compose("accounts.created_at"), compose("timestamptz"), _parse_timestamp),
    "updated_at": Key(compose("accounts.updated_at"), compose("timestamptz"), _parse_timestamp),
}
SORTS: Final = tuple(KEYS)
# The id of an account as the table of its followers has it: a page in their order is read from an index of that table,
# which a comparison with the id of the other table cannot enter.
_COUNTED_ID: Final = Key(compose("accounts.counted_id"), compose("text"))
# How well an account matches a search; of equal matches the one with more followers (in bands), then the one in use,
# then the one with the shorter name. Each with its direction; the id decides last.
_RELEVANCE: Final = (
    (Key(compose("hits.tier"), compose("integer"), _parse_integer), False),
    (Key(compose("search_followers(accounts.followers)"), compose("bigint"), _parse_bigint), True),
    (Key(compose("search_status_rank(accounts.status)"), compose("integer"), _parse_integer), False),
    (Key(compose("hits.name_length"), compose("integer"), _parse_integer), False),
    (KEYS["id"], False),
)


# Compared by identity: `by` returns one object for equal names, and statements are cached by it.
@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A total order of accounts: keys, each with its direction, of which the last is the id."""

    keys: tuple[tuple[Key, bool], ...]

    @classmethod
    def by(cls, names: Sequence[str], *, searching: bool = False) -> Order:
        """Return the order by `names`, a `-` before a name for descending; the id closes it in the last direction.

        Without names: by relevance for a search, else by id.
        """
        return RELEVANCE if searching and not names else _order_by(tuple(names))

    @classmethod
    def of(cls, names: Sequence[str]) -> Order:
        """Return a new order by `names`; see `by`."""
        terms = [(KEYS[name.removeprefix("-")], name.startswith("-")) for name in names]
        if not terms or terms[-1][0] is not KEYS["id"]:
            # In the direction of the key before, so that an index on (key, id) has the whole order.
            terms.append((KEYS["id"], bool(terms) and terms[-1][1]))
        if len(terms) == 2 and terms[0][0] is KEYS["followers"]:  # noqa: PLR2004 - followers and id
            terms[1] = (_COUNTED_ID, terms[1][1])
        return cls(tuple(terms))

    @property
    def has_one_direction(self) -> bool:
        """Whether all keys have one direction, so that one row comparison finds where a page begins."""
        return len({descending for _, descending in self.keys}) == 1

    @property
    def is_by_relevance(self) -> bool:
        """Whether it is the default order of a search."""
        return self.keys == _RELEVANCE

    @property
    def is_by_followers(self) -> bool:
        """Whether it is by followers, then by id."""
        return self.keys[-1][0] is _COUNTED_ID

    @property
    def begins_with_followers(self) -> bool:
        """Whether followers are its first key."""
        return self.keys[0][0] is KEYS["followers"]

    @property
    def newest_first_time(self) -> Fragment | None:
        """The expression of the first key, if that is a time with the latest first."""
        key, descending = self.keys[0]
        return key.expression if descending and key in (KEYS["created_at"], KEYS["updated_at"]) else None

    def order_by(self) -> Fragment:
        """Return the ORDER BY clause."""
        directions = [compose("{} DESC" if descending else "{}", key.expression) for key, descending in self.keys]
        return compose("ORDER BY {}", join(", ", directions))

    def cursor_columns(self) -> Fragment:
        """Return the select list of the values in a cursor, as text."""
        return join(", ", (compose("({})::text", key.expression) for key, _ in self.keys))

    def after(self, values: Sequence[CursorValue]) -> tuple[Fragment, dict[str, object]]:
        """Return the condition that a row comes after `values`; raise InvalidCursor where they are of another order."""
        parameters = {f"after_{position}": value for position, value in enumerate(self.parse_cursor(values))}
        return _after_condition(self), parameters

    def parse_cursor(self, values: Sequence[CursorValue]) -> list[object]:
        """Return the values of a cursor as they are compared; raise InvalidCursor where they are of another order."""
        require_types(values, [str] * len(self.keys))
        try:
            return [key.parse(str(value)) for (key, _), value in zip(self.keys, values, strict=True)]
        except ValueError as error:
            raise InvalidCursor(_WRONG_ORDER) from error


@lru_cache(_CACHED_ORDERS)
def _order_by(names: tuple[str, ...]) -> Order:
    return Order.of(names)


@lru_cache(_CACHED_ORDERS)
def _after_condition(order: Order) -> Fragment:
    """Return the condition that a row comes after the values of a cursor."""
    bounds = [
        compose("{}::{}", placeholder(f"after_{position}"), key.type) for position, (key, _) in enumerate(order.keys)
    ]
    if order.has_one_direction:
        return compose(
            "({}) {} ({})",
            join(", ", (key.expression for key, _ in order.keys)),
            compose("<" if order.keys[0][1] else ">"),
            join(", ", bounds),
        )
    return _after_mixed(order, bounds)


def _after_mixed(order: Order, bounds: Sequence[Fragment]) -> Fragment:
    """Compare key by key.

    PostgreSQL uses no index for an OR of comparisons, so the bound of the first key stands before it as a
    condition of its own: the index is entered there.
    """
    (key, descending), bound = order.keys[-1], bounds[-1]
    condition = compose("{} {} {}", key.expression, compose("<" if descending else ">"), bound)
    for (key, descending), bound in zip(order.keys[-2::-1], bounds[-2::-1], strict=True):
        beyond = compose("<" if descending else ">")
        condition = compose("({0} {1} {2} OR ({0} = {2} AND {3}))", key.expression, beyond, bound, condition)
    key, descending = order.keys[0]
    return compose("{} {} {}\n   AND {}", key.expression, compose("<=" if descending else ">="), bounds[0], condition)


# The list below a record: its observations, the newest first.
OBSERVATIONS: Final = Order(
    (
        (Key(compose("observed_at"), compose("timestamptz"), _parse_timestamp), True),
        (Key(compose("source"), compose("text")), True),
    )
)
INTERVALS: Final = Order(((Key(compose("period"), compose("date"), dt.date.fromisoformat), True),))
RELEVANCE: Final = Order(_RELEVANCE)
