"""The orders that the list offers, and where in an order a page begins.

Every key is an expression that an index of `accounts` holds, so that a page is read from where it begins,
however deep it lies. NULL is the lowest value of each key, which its expression says itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from directory.http.problems import InvalidCursor

_OTHER_ORDER: Final = "The cursor is of another order."

CursorValue = str | int | None


def _text(text: str) -> object:
    if "\0" in text:
        raise ValueError(text)
    return text


def _whole(text: str) -> object:
    return int(text)


def _day(text: str) -> object:
    return text if text == "-infinity" else dt.date.fromisoformat(text)


def _moment(text: str) -> object:
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to sort by: its SQL, and how a text of it is read back from a cursor."""

    expression: sql.SQL
    type: sql.SQL
    read: Callable[[str], object] = _text


KEYS: Final = {
    "id": Key(sql.SQL("accounts.id"), sql.SQL("text")),
    "name": Key(sql.SQL("coalesce(accounts.name_key, '')"), sql.SQL("text")),
    "followers": Key(sql.SQL("coalesce(accounts.followers, -1)"), sql.SQL("bigint"), _whole),
    "opened_on": Key(sql.SQL("coalesce(accounts.opened_on, '-infinity')"), sql.SQL("date"), _day),
    "created_at": Key(sql.SQL("accounts.created_at"), sql.SQL("timestamptz"), _moment),
    "updated_at": Key(sql.SQL("accounts.updated_at"), sql.SQL("timestamptz"), _moment),
}
SORTS: Final = tuple(KEYS)
# How well an account matches a search; of those that match equally well the one that reaches more, then the one in
# use, then the one with the shorter name. Each with its direction; the id decides last.
_CLOSENESS: Final = (
    (Key(sql.SQL("hits.tier"), sql.SQL("integer"), _whole), False),
    (Key(sql.SQL("hits.reach"), sql.SQL("bigint"), _whole), True),
    (Key(sql.SQL("hits.standing"), sql.SQL("integer"), _whole), False),
    (Key(sql.SQL("hits.brevity"), sql.SQL("integer"), _whole), False),
    (KEYS["id"], False),
)


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of accounts: keys, each with its direction, of which the last is the id."""

    keys: tuple[tuple[Key, bool], ...]

    @classmethod
    def by(cls, names: Sequence[str], *, searching: bool = False) -> Order:
        """Give the order by `names`, a `-` before a name for descending; the id closes it in the last direction.

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

    def order_by(self) -> sql.Composed:
        """Give the ORDER BY clause."""
        directions = [
            sql.SQL("{} DESC" if descending else "{}").format(key.expression) for key, descending in self.keys
        ]
        return sql.SQL("ORDER BY {}").format(sql.SQL(", ").join(directions))

    def values(self) -> sql.Composed:
        """Give the select list of what a cursor holds, as text."""
        return sql.SQL(", ").join(sql.SQL("({})::text").format(key.expression) for key, _ in self.keys)

    def after(self, values: Sequence[CursorValue]) -> tuple[sql.Composable, dict[str, object]]:
        """Give the condition that a row comes after `values`; raise InvalidCursor where they are of another order."""
        parameters = {f"after_{position}": value for position, value in enumerate(self.read(values))}
        places = [
            sql.SQL("{}::{}").format(sql.Placeholder(name), key.type)
            for name, (key, _) in zip(parameters, self.keys, strict=True)
        ]
        if self.is_single:
            comparison = sql.SQL("({}) {} ({})").format(
                sql.SQL(", ").join(key.expression for key, _ in self.keys),
                sql.SQL("<" if self.keys[0][1] else ">"),
                sql.SQL(", ").join(places),
            )
            return comparison, parameters
        return self._after_mixed(places), parameters

    def read(self, values: Sequence[CursorValue]) -> list[object]:
        """Give the values of a cursor as they are compared; raise InvalidCursor where they are of another order."""
        if len(values) != len(self.keys):
            raise InvalidCursor(_OTHER_ORDER)
        try:
            return [key.read(str(value)) for (key, _), value in zip(self.keys, values, strict=True)]
        except ValueError as error:
            raise InvalidCursor(_OTHER_ORDER) from error

    def _after_mixed(self, places: Sequence[sql.Composable]) -> sql.Composable:
        """Compare key by key; the bound of the first key stands alone, so that its index can begin there."""
        (key, descending), place = self.keys[-1], places[-1]
        condition = sql.SQL("{} {} {}").format(key.expression, sql.SQL("<" if descending else ">"), place)
        for (key, descending), place in zip(self.keys[-2::-1], places[-2::-1], strict=True):
            condition = sql.SQL("({key} {beyond} {place} OR ({key} = {place} AND {rest}))").format(
                key=key.expression, beyond=sql.SQL("<" if descending else ">"), place=place, rest=condition
            )
        key, descending = self.keys[0]
        return sql.SQL("{} {} {} AND {}").format(
            key.expression, sql.SQL("<=" if descending else ">="), places[0], condition
        )


# The two lists below a record: its changes and its observations, the newest first.
HISTORY: Final = Order(
    (
        (Key(sql.SQL("v.revision"), sql.SQL("bigint"), _whole), True),
        (Key(sql.SQL("v.sequence"), sql.SQL("bigint"), _whole), True),
    )
)
OBSERVATIONS: Final = Order(
    (
        (Key(sql.SQL("observed_at"), sql.SQL("timestamptz"), _moment), True),
        (Key(sql.SQL("source"), sql.SQL("text")), True),
    )
)
