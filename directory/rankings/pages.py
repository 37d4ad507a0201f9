"""A page of a ranking: the ends of its windows, and the cheapest way to read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from directory.database.revisions import State, select_state
from directory.http.problems import InvalidParameters, parameter_error
from directory.rankings.figures import Ends, Extent
from directory.rankings.queries import Position, Ranking, select_extent, select_highest, select_ranking

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter
    from directory.database.connections import Database
    from directory.rankings.parameters import RankingPageQuery, RankingQuery

_extents: Final[WeakKeyDictionary[Database, tuple[State, Extent]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class RankingPage:
    """A page, one row longer where another follows; the day at whose end it ranks, and the state that it shows."""

    ranking: Ranking
    day: dt.date | None
    state: State


def require_past(query: RankingQuery) -> None:
    """Raise InvalidParameters for a day in the future."""
    today = dt.datetime.now(dt.UTC).date()
    if query.date is not None and query.date > today:
        detail = f"is in the future: days are in UTC, where it is {today}"
        raise InvalidParameters(
            "The request was not carried out: see errors.",
            errors=[parameter_error("date", query.date.isoformat(), detail)],
        )


def read_page(
    registry: Database, account_filter: Filter, query: RankingPageQuery, *, after: Position | None = None
) -> RankingPage:
    """Return a page of one state, where `after` is passed the one behind it; raise InvalidParameters for a later day.

    The ranks that `after` has hold for its state alone: of another one they are counted.
    """
    require_past(query)
    with registry.snapshot() as conn:
        state, extent = _find_extent(registry, conn)
        day = query.date or extent.last_day
        ends = Ends.of(extent, query.date, query.window, is_growth=query.is_growth)
        is_plain = query.by == "followers" and query.of == "accounts" and query.window is None and query.count == "none"
        if is_plain and ends.is_current and (after is None or after.state == state.name):
            highest = select_highest(conn, account_filter, query, limit=query.limit + 1, after=after)
            if highest is not None:
                return RankingPage(highest, day, state)
        ranking = select_ranking(conn, account_filter, query, ends, limit=query.limit + 1, after=after)
        return RankingPage(ranking, day, state)


def find_ends(registry: Database, conn: Connection[Any], query: RankingQuery) -> Ends:
    """Return the ends of the windows in the state that `conn` sees."""
    _, extent = _find_extent(registry, conn)
    return Ends.of(extent, query.date, query.window, is_growth=query.is_growth)


def _find_extent(registry: Database, conn: Connection[Any]) -> tuple[State, Extent]:
    """Return the state that `conn` sees, and how far its observations go, which takes a scan once a revision."""
    state = select_state(conn)
    known = _extents.get(registry)
    if known is None or known[0] != state:
        known = _extents[registry] = (state, select_extent(conn))
    return known
