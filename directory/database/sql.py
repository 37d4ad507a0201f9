"""SQL put together of pieces, every combination once: a statement of ten parts costs more to write than to look up."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Final, LiteralString

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

_write_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Pieces that are kept, some fifty for each kind of question; a long one has some thousand bytes.
_KEPT: Final = 2048


class Fragment(sql.SQL):
    """SQL that is written out, and a key for what is written with it."""

    def __hash__(self) -> int:
        """Give the same number for the same text."""
        return hash(self._obj)


@lru_cache(_KEPT)
def compose(template: LiteralString, *pieces: sql.SQL) -> Fragment:
    """Give a template with each `{}` filled, as `sql.SQL.format` does."""
    return _written(sql.SQL(template).format(*pieces))


def join(separator: LiteralString, pieces: Iterable[Fragment]) -> Fragment:
    """Give the pieces with a separator between them."""
    return _join(separator, tuple(pieces))


@lru_cache(_KEPT)
def column(*names: str) -> Fragment:
    """Give the name of a column, quoted, with its table before it where two names are given."""
    return _written(sql.Identifier(*names))


@lru_cache(_KEPT)
def placeholder(name: str) -> Fragment:
    """Give the place of the parameter `name`."""
    return _written(sql.Placeholder(name))


@lru_cache(_KEPT)
def number_literal(value: int) -> Fragment:
    """Give a number that is part of the statement, where its plan must know it."""
    return _written(sql.Literal(value))


@lru_cache(_KEPT)
def text_literal(value: str) -> Fragment:
    """Give a text that is part of the statement."""
    return _written(sql.Literal(value))


@lru_cache(_KEPT)
def _join(separator: LiteralString, pieces: tuple[Fragment, ...]) -> Fragment:
    return _written(sql.SQL(separator).join(pieces))


def json_array(texts: Iterable[str]) -> str:
    """Give texts as the parameter that `json_array_elements_text(%(…)s::json)` makes rows of.

    psycopg writes an array item by item in Python: a thousand of them take four times as long.
    """
    return _write_json(list(texts))


def _written(piece: sql.Composable) -> Fragment:
    # Put together by psycopg out of literals and quoted names.
    return Fragment(piece.as_string())  # pyright: ignore[reportArgumentType]
