"""SQL composition with `psycopg.sql`, every result cached: composing ten parts takes longer than a query by key."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final, LiteralString

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

_write_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Pieces that are cached, some fifty for each kind of query; a long one has some thousand bytes. Composing the statement
# of a page of the list took 90 µs of 440 without the cache, and takes 20.
_KEPT: Final = 2048


class Fragment(sql.SQL):
    """A piece of SQL as text, hashable so that what is composed of it can be cached."""

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(self._obj)


@lru_cache(_KEPT)
def compose(template: LiteralString, *pieces: sql.SQL) -> Fragment:
    """Return the template with each `{}` replaced by a fragment, as `sql.SQL.format` does."""
    return _written(sql.SQL(template).format(*pieces))


def join(separator: LiteralString, pieces: Iterable[Fragment]) -> Fragment:
    """Return the fragments joined by a separator."""
    return _join(separator, tuple(pieces))


@lru_cache(_KEPT)
def column(*names: str) -> Fragment:
    """Return a quoted column name, qualified by its table if there are two names."""
    return _written(sql.Identifier(*names))


@lru_cache(_KEPT)
def placeholder(name: str) -> Fragment:
    """Return the placeholder of a parameter: `%(name)s`."""
    return _written(sql.Placeholder(name))


@lru_cache(_KEPT)
def number_literal(value: int) -> Fragment:
    """Return a number as a literal: a part of the statement, which the planner can see."""
    return _written(sql.Literal(value))


@lru_cache(_KEPT)
def text_literal(value: str) -> Fragment:
    """Return a quoted text literal: a part of the statement."""
    return _written(sql.Literal(value))


@lru_cache(_KEPT)
def _join(separator: LiteralString, pieces: tuple[Fragment, ...]) -> Fragment:
    return _written(sql.SQL(separator).join(pieces))


def array_literal(items: Iterable[str | None]) -> str:
    """Return texts as one parameter, for `%(…)s::text[]` or an array of another type.

    psycopg adapts a list item by item for each statement; where the text is cached, that costs nothing.
    """
    return "{" + ",".join(["NULL" if item is None else _quote(item) for item in items]) + "}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def json_array(texts: Iterable[str]) -> str:
    """Return texts as one parameter, for `json_array_elements_text(%(…)s::json)`.

    psycopg adapts an array item by item in Python: a thousand items take four times as long.
    """
    return _write_json(list(texts))


def _written(piece: sql.Composable) -> Fragment:
    # Put together by psycopg out of literals and quoted names.
    return Fragment(piece.as_string())  # pyright: ignore[reportArgumentType]
