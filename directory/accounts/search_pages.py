"""Pages of a search: what was typed as it stands, what is close to it, and less of it where that finds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from directory.accounts.filters import Filter
from directory.accounts.page_request import Part
from directory.accounts.queries import select_accounts, select_found
from directory.accounts.sorts import CLOSENESS, Order
from directory.http.problems import InvalidCursor
from directory.search.query_plan import add_fuzzy_tiers, plan_query
from directory.search.relaxation import relax_query, split_added_words
from directory.search.tiers import FEW, FIRST_FUZZY, are_few

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.sorts import CursorValue
    from directory.database.connections import Database
    from directory.search.query_plan import QueryPlan

Row = tuple[str, ...]

_OTHER_WORDS = "The cursor is of another search."


def settle(database: Database, wanted: Filter) -> Filter:
    """Return the filter with its search as it has to be: widened if it finds little, relaxed if it finds nothing.

    For what has to know all matches at once.
    """
    if wanted.search is None:
        return wanted
    with database.read() as conn:
        settled, has_any = _settle(database, conn, wanted)
        relaxed = None if has_any else find_relaxed(database, conn, wanted)
        return _settle(database, conn, relaxed)[0] if relaxed is not None else settled


def select_listed(
    database: Database, conn: Connection[Any], wanted: Filter, order: Order, part: Part, *, is_alone: bool
) -> tuple[list[Row], Filter]:
    """Return a page in any order, and the filter that it is of: its search widened or relaxed if need be.

    `is_alone`: nothing is counted besides, so that no more need be found than the page.
    """
    in_bands = is_alone and wanted.is_searched and order.is_by_closeness

    def select(asked: Filter) -> tuple[list[Row], Filter]:
        if in_bands:
            return select_page(database, conn, asked, part)
        return _select_settled(database, conn, asked, order, part)

    rows, shown = select(wanted)
    if rows or part.after is not None or (relaxed := find_relaxed(database, conn, shown)) is None:
        return rows, shown
    return select(relaxed)


def _select_settled(
    database: Database, conn: Connection[Any], wanted: Filter, order: Order, part: Part
) -> tuple[list[Row], Filter]:
    """Return a page in any order, and the filter that it is of: its search is widened if it finds little."""
    if wanted.search is None:
        return select_accounts(conn, wanted, order, part), wanted
    if not order.is_by_closeness or part.after is not None or part.limit < FEW:
        wanted, _ = _settle(database, conn, wanted)
        return select_accounts(conn, wanted, order, part), wanted
    # The page itself says whether much is found.
    rows = select_accounts(conn, wanted, order, part)
    if are_few(_rules(rows)):
        wanted = replace(wanted, search=add_fuzzy_tiers(database, wanted.typed))
        rows = select_accounts(conn, wanted, order, part)
    return rows, wanted


def select_page(database: Database, conn: Connection[Any], wanted: Filter, part: Part) -> tuple[list[Row], Filter]:
    """Return a page of a search in its own order, and the filter that it is of; widened no sooner than it must be."""
    search = wanted.search
    if search is None:
        return [], wanted
    if part.after is not None and CLOSENESS.read(part.after) and int(str(part.after[0])) >= FIRST_FUZZY:
        widened = add_fuzzy_tiers(database, wanted.typed)
        return select_found(conn, wanted, widened.fuzzy_parameters, part), replace(wanted, search=widened)
    rows = select_found(conn, wanted, search.parameters, part)
    if len(rows) == part.limit:
        return rows, wanted
    found = rows if part.after is None else select_found(conn, wanted, search.parameters, Part(limit=FEW))
    if not are_few(_rules(found)):
        return rows, wanted
    widened = add_fuzzy_tiers(database, wanted.typed)
    rest = replace(part, limit=part.limit - len(rows), after=None)
    return [*rows, *select_found(conn, wanted, widened.fuzzy_parameters, rest)], replace(wanted, search=widened)


def find_relaxed(database: Database, conn: Connection[Any], wanted: Filter) -> Filter | None:
    """Return the filter with words left out of a search that finds nothing within it; None where nothing helps."""
    if wanted.search is None:
        return None

    def count(search: QueryPlan, most: int) -> int:
        part = Part(limit=most, fields=("id",))
        return len(select_accounts(conn, replace(wanted, search=search), CLOSENESS, part))

    relaxed = relax_query(database, wanted.search.query, count)
    if relaxed is None:
        return None
    return replace(wanted, search=plan_query(database, relaxed.text), typed=relaxed.text, dropped=relaxed.dropped)


def drop_again(database: Database, wanted: Filter, after: list[CursorValue] | None, order: Order) -> Filter:
    """Return the filter as the page before had it: the words that it left out stand last in its cursor.

    They are taken off the values. Raises InvalidCursor where the search has no such words.
    """
    if wanted.search is None or after is None or len(after) <= len(order.keys):
        return wanted
    dropped = tuple(str(after.pop()).split())
    sought = split_added_words(wanted.search.query)
    if not dropped or not set(dropped) <= set(sought.words) or len(sought.words) + len(sought.phrases) <= len(dropped):
        raise InvalidCursor(_OTHER_WORDS)
    text = sought.text_without(dropped)
    return replace(wanted, search=plan_query(database, text), typed=text, dropped=dropped)


def _settle(database: Database, conn: Connection[Any], wanted: Filter) -> tuple[Filter, bool]:
    """Return the filter with its search widened if it finds little, and whether it finds anything."""
    first = select_accounts(conn, wanted, CLOSENESS, Part(limit=FEW, fields=("id",)))
    if not are_few(_rules(first)):
        return wanted, True
    wanted = replace(wanted, search=add_fuzzy_tiers(database, wanted.typed))
    return wanted, bool(first or select_accounts(conn, wanted, CLOSENESS, Part(limit=1, fields=("id",))))


def _rules(rows: Sequence[Row]) -> list[int]:
    """Return the rules by which rows matched: behind the JSON the first value of this order."""
    return [int(row[1]) for row in rows]
