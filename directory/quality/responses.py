"""A report as a page of JSON, and whole as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from directory.accounts.downloads import MEDIA_TYPES, compressed, write_csv
from directory.accounts.parameters import Filter, build_filter
from directory.http.compression import ENCODINGS
from directory.http.pagination import direct_page, encode_cursor, fingerprint, read_cursor
from directory.http.parameters import canonical_query, query_pairs
from directory.http.registry_request import current_registry_request
from directory.http.request import database, preferred_encoding
from directory.http.responses import Response, download_response, flask_response
from directory.quality.rows import Report, csv_statement, select_page

if TYPE_CHECKING:
    from directory.quality.parameters import ReportQuery

ReadReport = Callable[..., Report]
"""Return a report of accounts that a filter matches, from `after` on, at most `limit` rows."""


def today() -> dt.date:
    """Return the day in UTC, which reports are of."""
    return dt.datetime.now(dt.UTC).date()


def page_response(query: ReportQuery, reads: ReadReport, keys: int, *, days: int | None = None) -> Response:
    """Return a page of a report whose cursor has so many keys."""
    after: Sequence[str] | None = read_cursor(query.cursor, *([str] * keys))
    limit = query.limit or 0
    with database().read() as conn:
        rows = select_page(conn, reads(_filter(query), after=after, limit=limit + 1))
    page = rows[:limit]
    response = direct_page(
        current_registry_request(),
        [str(row[0]).encode() for row in page],
        limit=limit,
        next_cursor=encode_cursor(fingerprint(), page[-1][1:]) if len(rows) > limit else None,
        more={"day": today().isoformat(), "days": days},
    )
    return flask_response(response)


def csv_response(query: ReportQuery, reads: ReadReport, name: str) -> Response:
    """Return the whole report as CSV; an equal request of this day and revision may have left it in the cache."""
    registry, encoding, day = database(), preferred_encoding(ENCODINGS), today()
    report = reads(_filter(query), after=None, limit=None)

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with registry.export() as conn, compressed(file, encoding) as target:
            statement = csv_statement(report, escape_formulas=query.escapes_formulas)
            write_csv(conn, target, statement, report.parameters, query)

    key: tuple[Any, ...] = (name, registry.state, day, canonical_query(query_pairs()), encoding)
    filename = f"{name}-{day.isoformat()}-{registry.state.number}.csv"
    return download_response(key, write, content_type=MEDIA_TYPES["csv"], filename=filename, encoding=encoding)


def _filter(query: ReportQuery) -> Filter:
    return build_filter(database(), query)
