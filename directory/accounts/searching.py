"""Pages of a search: what was typed as it stands, and what is close to it where that finds little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from directory.accounts.filters import Filter
from directory.accounts.queries import Part, select_accounts, select_found
from directory.accounts.sorts import CLOSENESS
from directory.search.finding import FEW, widen
from directory.search.tiers import LOOSE, Search

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
    return replace(wanted, search=widen(database, wanted.search)) if len(first) < FEW else wanted


def select_page(
    database: Database, conn: Connection[Any], wanted: Filter, search: Search, part: Part
) -> tuple[list[Row], Search]:
    """Give a page of a search in its own order, and the search that it is of; widened no sooner than it must be."""
    if part.after is not None and CLOSENESS.read(part.after) and int(str(part.after[0])) >= LOOSE:
        widened = widen(database, search)
        return select_found(conn, wanted, widened, part, LOOSE), widened
    rows = select_found(conn, wanted, search, part)
    if len(rows) == part.limit:
        return rows, search
    found = rows if part.after is None else select_found(conn, wanted, search, Part(limit=FEW))
    if len(found) >= FEW:
        return rows, search
    widened = widen(database, search)
    rest = replace(part, limit=part.limit - len(rows), after=None)
    return [*rows, *select_found(conn, wanted, widened, rest, LOOSE)], widened
