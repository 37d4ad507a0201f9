"""SQL of what the registry covers, and of the files of its latest snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from directory.snapshots.contents.file_names import Encoding


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the registry goes: its latest revision (0 and no time before the first), places, languages, times.

    `countries` are those of accounts in the order of their codes; `languages` are those of accounts, as far as that is
    known, and English, in which regions and platforms are named; `begins` is the day on which the first account opened,
    as far as that is known, else that of the first revision.
    """

    revision: int
    first_at: datetime | None
    modified_at: datetime | None
    begins: date | None
    countries: list[dict[str, str]]
    languages: list[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of rows and its terms."""

    id: str
    title: str
    licence: str


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of the latest snapshot; `bytes` is its size, `sha256` in lower-case hexadecimal."""

    revision: int
    name: str
    media_type: str
    encoding: Encoding | None
    bytes: int
    sha256: str


def select_coverage(conn: Connection[Any]) -> Coverage:
    """Return the coverage of the registry; countries and languages come from stored counts."""
    with conn.cursor(row_factory=class_row(Coverage)) as cursor:
        # The condition on `opened_on` is the expression of the index of that sort, which yields the first day at once.
        # `(SELECT)` is one row without columns, so that an empty registry has a row, too.
        row = cursor.execute("""
            SELECT coalesce(latest.revision, 0) AS revision, earliest.at AS first_at, latest.at AS modified_at,
                   least((SELECT opened_on FROM accounts
                           WHERE coalesce(opened_on, '-infinity'::date) > '-infinity'::date
                           ORDER BY coalesce(opened_on, '-infinity'::date), id LIMIT 1),
                         (earliest.at AT TIME ZONE 'UTC')::date) AS begins,
                   (SELECT coalesce(json_agg(json_build_object('code', r.code, 'name', r.name) ORDER BY r.code), '[]')
                      FROM regions AS r WHERE r.code IN (SELECT country FROM account_counts)) AS countries,
                   ARRAY(SELECT language FROM account_counts WHERE language IS NOT NULL UNION SELECT 'en'
                          ORDER BY language) AS languages
              FROM (SELECT) AS one
              LEFT JOIN (SELECT revision, at FROM revisions ORDER BY revision DESC LIMIT 1) AS latest ON true
              LEFT JOIN (SELECT at FROM revisions ORDER BY revision LIMIT 1) AS earliest ON true
        """).fetchone()
    if row is None:
        message = "a query of one row returned none"
        raise LookupError(message)
    return row


def select_origins(conn: Connection[Any]) -> list[Origin]:
    """Return all sources in the order of their ids."""
    with conn.cursor(row_factory=class_row(Origin)) as cursor:
        return cursor.execute("SELECT id, title, licence FROM sources ORDER BY id").fetchall()


def select_published_files(conn: Connection[Any]) -> list[PublishedFile]:
    """Return the files of the latest snapshot in the order of their names; none without a snapshot."""
    with conn.cursor(row_factory=class_row(PublishedFile)) as cursor:
        return cursor.execute("""
            SELECT revision, name, media_type, encoding, bytes, sha256 FROM snapshot_files
             WHERE revision = (SELECT revision FROM snapshots ORDER BY revision DESC LIMIT 1)
             ORDER BY name
        """).fetchall()
