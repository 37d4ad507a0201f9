"""Pages of a search: what was typed as it stands, and what is close to it where that finds little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from directory.accounts.filters import Filter
from directory.accounts.parts import Part
from directory.accounts.queries import select_accounts, select_found
from directory.accounts.sorts import CLOSENESS, Order
from directory.search.finding import widen
from directory.search.rules import FEW, LOOSE, is_little
from directory.search.searches import Search

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database import Database

Row = tuple[str, ...]


def settle(database: Database, wanted: Filter) -> Filter:
    """Give the filter with its search widened if it finds little, for what has to know all matches at once."""
    if wanted.search is None:
        return wanted
    with database.read() as conn:
        first = select_accounts(conn, wanted, CLOSENESS, Part(limit=FEW, fields=("id",)))
    return replace(wanted, search=widen(database, wanted.typed)) if is_little(_rules(first)) else wanted


def select_settled(
    database: Database, conn: Connection[Any], wanted: Filter, order: Order, part: Part
) -> tuple[list[Row], Filter]:
    """Give a page in any order, and the filter that it is of: its search is widened if it finds little."""
    if wanted.search is None or not order.is_by_closeness or part.after is not None or part.limit < FEW:
        wanted = settle(database, wanted)
        return select_accounts(conn, wanted, order, part), wanted
    # The page itself says whether much is found.
    rows = select_accounts(conn, wanted, order, part)
    if is_little(_rules(rows)):
        wanted = replace(wanted, search=widen(database, wanted.typed))
        rows = select_accounts(conn, wanted, order, part)
    return rows, wanted


def select_page(
    database: Database, conn: Connection[Any], wanted: Filter, search: Search, part: Part
) -> tuple[list[Row], Search]:
    """Give a page of a search in its own order, and the search that it is of; widened no sooner than it must be."""
    if part.after is not None and CLOSENESS.read(part.after) and int(str(part.after[0])) >= LOOSE:
        widened = widen(database, wanted.typed)
        return select_found(conn, wanted, widened.loose_parameters, part), widened
    rows = select_found(conn, wanted, search.parameters, part)
    if len(rows) == part.limit:
        return rows, search
    found = rows if part.after is None else select_found(conn, wanted, search.parameters, Part(limit=FEW))
    if not is_little(_rules(found)):
        return rows, search
    widened = widen(database, wanted.typed)
    rest = replace(part, limit=part.limit - len(rows), after=None)
    return [*rows, *select_found(conn, wanted, widened.loose_parameters, rest)], widened


def _rules(rows: Sequence[Row]) -> list[int]:
    """Give the rules by which rows matched: behind the JSON the first value of this order."""
    return [int(row[1]) for row in rows]
