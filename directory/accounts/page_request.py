"""Parts of lists: which rows are wanted, and what is shown of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.accounts.sorts import CursorValue, Order
from directory.database.sql import Fragment, column, compose, join


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a list is wanted: how many rows after a cursor's values, with which keys, and marked or not."""

    limit: int
    fields: Sequence[str] = ()
    after: Sequence[CursorValue] | None = None
    marked: bool = False


def columns(part: Part, order: Order) -> Fragment:
    """Give the select list of a part: JSON, what a cursor holds, and for marks the tier and the whole JSON."""
    marks = compose(", hits.tier::text, accounts.document" if part.marked else "")
    return compose("{}, {}{}", document(part.fields), order.values(), marks)


def document(fields: Sequence[str]) -> Fragment:
    """Give the SQL of a record's public JSON text, with these keys or all."""
    if not fields:
        return compose("accounts.document")
    keys = join(", ", (compose("{} json", column(name)) for name in fields))
    # One reading of the text for all keys; what is in them stays as it is written.
    return compose("(SELECT row_to_json(kept)::text FROM json_to_record(accounts.document::json) AS kept ({}))", keys)
