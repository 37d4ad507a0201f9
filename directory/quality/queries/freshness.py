"""SQL of the reports on the age of what is known: of sources, and of the latest counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from directory.accounts.parameters import Filter
from directory.database.sql import compose
from directory.quality.queries.fragments import LISTED, filter_of
from directory.quality.rows import Column, Report

_SOURCES: Final = compose("""(
    SELECT s.id, s.title, s.retrieved, coalesce(t.accounts, 0) AS accounts
      FROM sources AS s
      LEFT JOIN account_tallies AS t ON t.dimension = 'source' AND t.value = s.id
     WHERE %(after_0)s::text IS NULL OR s.id > %(after_0)s
     ORDER BY s.id LIMIT %(limit)s::bigint) AS page
  LEFT JOIN (SELECT source, max(at) AS imported_at, max(list_date) AS list_date
               FROM (SELECT source, at, list_date FROM revisions WHERE source IS NOT NULL
                      UNION ALL
                     -- A revision of several sources has their number or the names of files as its source.
                     SELECT substr(v.id, strpos(v.id, '-') + 1), r.at, NULL
                       FROM versions AS v JOIN revisions AS r USING (revision)
                      WHERE v.facets @@ 'kobservations'::tsquery
                        AND NOT EXISTS (SELECT FROM sources AS s WHERE s.id = r.source)
                      UNION ALL
                     SELECT s.source, r.at, NULL
                       FROM (SELECT source, max(revision) AS revision FROM statements GROUP BY source) AS s
                       JOIN revisions AS r USING (revision)) AS written
              GROUP BY source) AS i ON i.source = page.id
  LEFT JOIN (SELECT source, count(*) AS accounts, min(followers_at) AS oldest, max(followers_at) AS newest
               FROM account_followers WHERE source IS NOT NULL GROUP BY source) AS o ON o.source = page.id""")
_SOURCES_COLUMNS: Final = (
    Column("source", compose("page.id")),
    Column("title", compose("page.title"), "free"),
    Column("accounts", compose("page.accounts")),
    Column("retrieved", compose("page.retrieved")),
    Column("list_date", compose("i.list_date"), "time"),
    Column("imported_at", compose("i.imported_at"), "time"),
    Column("days", compose("%(day)s::date - (i.imported_at AT TIME ZONE 'UTC')::date")),
    Column("counts.accounts", compose("coalesce(o.accounts, 0)")),
    Column("counts.oldest", compose("o.oldest"), "time"),
    Column("counts.newest", compose("o.newest"), "time"),
)
_COUNTS: Final = """(
    SELECT accounts.platform, count(*) AS accounts, count(accounts.followers_at) AS counted,
           count(*) FILTER (WHERE accounts.followers_at >= %(day)s::timestamptz - interval '1 day') AS day,
           count(*) FILTER (WHERE accounts.followers_at >= %(day)s::timestamptz - interval '7 days') AS week,
           count(*) FILTER (WHERE accounts.followers_at >= %(day)s::timestamptz - interval '30 days') AS month,
           count(*) FILTER (WHERE accounts.followers_at >= %(day)s::timestamptz - interval '365 days') AS year,
           count(accounts.last_post_at) AS with_last_post,
           min(accounts.followers_at) AS oldest, max(accounts.followers_at) AS newest
      FROM account_records AS accounts
     WHERE {} AND {} AND (%(after_0)s::text IS NULL OR accounts.platform > %(after_0)s)
     GROUP BY 1 ORDER BY 1 LIMIT %(limit)s::bigint) AS page"""
_COUNTS_COLUMNS: Final = (
    Column("platform", compose("page.platform")),
    Column("accounts", compose("page.accounts")),
    Column("never", compose("page.accounts - page.counted")),
    Column("within.day", compose("page.day")),
    Column("within.week", compose("page.week")),
    Column("within.month", compose("page.month")),
    Column("within.year", compose("page.year")),
    Column("with_last_post", compose("page.with_last_post")),
    Column("oldest", compose("page.oldest"), "time"),
    Column("newest", compose("page.newest"), "time"),
)


def list_sources(*, day: dt.date, after: Sequence[str] | None, limit: int | None) -> Report:
    """Return sources with the time of their last import and of the counts that are theirs, by id."""
    return Report(
        columns=_SOURCES_COLUMNS,
        keys=(compose("page.id"),),
        rows=_SOURCES,
        parameters={"day": day, "after_0": after[0] if after else None, "limit": limit},
    )


def count_by_age(account_filter: Filter, *, day: dt.date, after: Sequence[str] | None, limit: int | None) -> Report:
    """Return how many accounts were counted how long before `day`, by platform."""
    matches, parameters = filter_of(account_filter)
    return Report(
        columns=_COUNTS_COLUMNS,
        keys=(compose("page.platform"),),
        rows=compose(_COUNTS, LISTED, matches),
        parameters={
            **parameters,
            "day": dt.datetime.combine(day, dt.time(), dt.UTC),
            "after_0": after[0] if after else None,
            "limit": limit,
        },
    )
