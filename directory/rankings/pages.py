"""A page of a ranking: the ends of its windows, and the cheapest way to read it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

from directory.http.problems import InvalidParameters, parameter_error
from directory.rankings.figures import Ends, Extent
from directory.rankings.queries import Position, Ranking, select_extent, select_highest, select_ranking

if TYPE_CHECKING:
    from directory.accounts.parameters import Filter
    from directory.database.connections import Database
    from directory.database.revisions import State
    from directory.rankings.parameters import RankingPageQuery, RankingQuery


def read_page(
    registry: Database,
    account_filter: Filter,
    query: RankingPageQuery,
    state: State,
    *,
    after: Position | None = None,
) -> Ranking:
    """Return a page, one row longer where another follows; `state` is that of the registry before anything was read."""
    ends = find_ends(query, find_extent(registry, state))
    is_plain = query.by == "followers" and query.of == "accounts" and query.window is None and query.count == "none"
    with registry.read() as conn:
        if is_plain and ends.is_current and (after is None or after.state == state.name):
            highest = select_highest(conn, account_filter, query, limit=query.limit + 1, after=after)
            if highest is not None:
                return highest
        return select_ranking(conn, account_filter, query, ends, limit=query.limit + 1, after=after)


def find_ends(query: RankingQuery, extent: Extent) -> Ends:
    """Return the ends of the windows; raise InvalidParameters for a day in the future."""
    today = dt.datetime.now(dt.UTC).date()
    if query.date is not None and query.date > today:
        raise InvalidParameters(
            "The request was not carried out: see errors.",
            errors=[
                parameter_error(
                    "date", query.date.isoformat(), f"is in the future: days are in UTC, where it is {today}"
                )
            ],
        )
    return Ends.of(extent, query.date, query.window, is_growth=query.is_growth)


@lru_cache(maxsize=16)
def find_extent(registry: Database, _state: State) -> Extent:
    """Return how far the observations go, which takes a scan once a revision."""
    with registry.read() as conn:
        return select_extent(conn)
