"""SQL of the search's own tables: what is pending, what is cut, and the vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import compose
from directory.search.query_plan import PAGE, write_array
from directory.search.rules import RULES
from directory.search.terms import Cut

_STAGING: Final = """
DROP TABLE IF EXISTS pg_temp.search_cuts, pg_temp.search_vocabulary;
CREATE TEMP TABLE search_cuts (
    account_id text COLLATE "C", terms tsvector, look_alikes text[] COLLATE "C", texts text, name_length smallint
) ON COMMIT DROP;
CREATE TEMP TABLE search_vocabulary (key text COLLATE "C", value text COLLATE "C") ON COMMIT DROP;
"""

_RULES: Final = write_array(RULES)
_WORDS: Final = compose("SELECT string_agg(word, ' ') FROM search_words WHERE part = ANY(%(parts)s::text[])")
_SUGGESTIONS: Final = compose(
    """
    SELECT (SELECT row_to_json(s)::text FROM (
               SELECT a.id, a.name, a.platform, a.handle, a.url,
                      (SELECT d.name FROM departments AS d WHERE d.id = a.department_id) AS department,
                      a.region_code AS region, a.status, (%(rules)s::text[])[p.tier + 1] AS rule) AS s), p.tier
      FROM {} AS p
      JOIN accounts AS a ON a.id = p.account_id
     ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id
    """,
    PAGE,
)


class Pending(NamedTuple):
    """An account whose terms are to be cut: names with the displayed one first, and some of them perhaps None."""

    account_id: str
    platform: str
    platform_user_id: str | None
    handle: str | None
    names: list[str | None]
    department: str | None


def count_pending(conn: Connection[Any]) -> int:
    """Count the accounts that wait."""
    row = conn.execute("SELECT count(*) FROM search_pending").fetchone()
    return int(row[0]) if row else 0


def stream_pending(conn: Connection[Any], at_once: int) -> Iterator[Sequence[Pending]]:
    """Give the accounts that wait, some at once: between two lots the connection is free for other statements."""
    with conn.cursor(name="search_pending", row_factory=class_row(Pending)) as cursor:
        cursor.execute(
            """
            SELECT a.id AS account_id, a.platform, a.platform_user_id, a.handle,
                   ARRAY[a.name] || ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(a.names) AS n) AS names,
                   d.name AS department
              FROM search_pending AS p
              JOIN accounts AS a ON a.id = p.account_id
              LEFT JOIN departments AS d ON d.id = a.department_id
            """
        )
        while rows := cursor.fetchmany(at_once):
            yield rows


def create_staging(conn: Connection[Any]) -> None:
    """Make the tables into which cuts are copied, empty, for the rest of the transaction."""
    conn.execute(_STAGING)


def copy_cuts(conn: Connection[Any], cuts: Iterable[tuple[str, Cut, tuple[str, ...]]]) -> None:
    """Copy what was cut of accounts: id, terms and texts, and the forms of the handle."""
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY search_cuts (account_id, terms, look_alikes, texts, name_length) FROM STDIN") as copy,
    ):
        for account_id, made, look_alikes in cuts:
            copy.write_row((account_id, _vector(made.terms), list(look_alikes), made.texts, made.name_length))


def _vector(terms: Iterable[str]) -> str:
    """Write lexemes as the text of a tsvector. Terms are folded, so there is no quote and no backslash in them."""
    return " ".join(f"'{term}'" for term in terms)


def merge_cuts(conn: Connection[Any]) -> None:
    """Put what was cut in its place, with what the account is found among and ranked by; nothing is pending then."""
    conn.execute(
        """
        INSERT INTO account_search AS kept
               (account_id, terms, facets, look_alikes, texts, followers, status_rank, name_length, rank_band)
        SELECT a.id, c.terms, search_facets(a, rank_band), c.look_alikes, c.texts,
               rank.followers, rank.status_rank, c.name_length, rank_band
          FROM search_cuts AS c
          JOIN accounts AS a ON a.id = c.account_id
         CROSS JOIN LATERAL (SELECT search_followers(a.followers) AS followers,
                                    search_status_rank(a.status) AS status_rank) AS rank
         CROSS JOIN search_rank_band(rank.followers, rank.status_rank, c.name_length) AS rank_band
            ON CONFLICT (account_id) DO UPDATE
           SET (terms, facets, look_alikes, texts, followers, status_rank, name_length, rank_band)
             = (excluded.terms, excluded.facets, excluded.look_alikes, excluded.texts, excluded.followers,
                excluded.status_rank, excluded.name_length, excluded.rank_band)
        """
    )
    conn.execute("DELETE FROM search_pending")


def insert_readings(conn: Connection[Any], readings: Iterable[tuple[str, str]]) -> None:
    """Add readings of Chinese characters that are not known yet."""
    _copy_vocabulary(conn, readings)
    conn.execute(
        """
        INSERT INTO search_readings (reading, characters)
        SELECT key, value FROM search_vocabulary ORDER BY key, value
            ON CONFLICT DO NOTHING
        """
    )


def insert_words(conn: Connection[Any], parts: Iterable[tuple[str, str]]) -> None:
    """Add words that are not known yet, by their parts."""
    _copy_vocabulary(conn, parts)
    conn.execute(
        "INSERT INTO search_words (part, word) SELECT key, value FROM search_vocabulary ON CONFLICT DO NOTHING"
    )


def _copy_vocabulary(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> None:
    conn.execute("TRUNCATE search_vocabulary")
    with conn.cursor() as cursor, cursor.copy("COPY search_vocabulary (key, value) FROM STDIN") as copy:
        for pair in pairs:
            copy.write_row(pair)


def select_added_readings(conn: Connection[Any], position: int) -> list[tuple[int, str, str]]:
    """Give position, reading and characters of the readings that were added after a position, in order."""
    return conn.execute(
        "SELECT position, reading, characters FROM search_readings WHERE position > %s ORDER BY position", (position,)
    ).fetchall()


def select_words(conn: Connection[Any], parts: Sequence[str]) -> list[str]:
    """Give the words that have one of the parts."""
    # One text for all: there may be a thousand, and a row for each would cost more than finding them.
    ((words,),) = fetch_prepared(conn, _WORDS, {"parts": write_array(parts)})
    return list(dict.fromkeys(words.split(" "))) if words else []


def select_bands(conn: Connection[Any]) -> dict[int, int]:
    """Give about how many accounts each band has, by the planner's statistics; nothing where there are none yet."""
    rows = conn.execute(
        """
        SELECT band::integer, (share * greatest(c.reltuples, 0))::integer
          FROM pg_class AS c
          JOIN pg_stats AS s ON s.tablename = 'account_search' AND s.schemaname = c.relnamespace::regnamespace::text,
               unnest(s.most_common_vals::text::integer[], s.most_common_freqs) AS common (band, share)
         WHERE c.oid = 'account_search'::regclass AND s.attname = 'rank_band'
        """
    )
    return dict(rows.fetchall())


def select_shares(conn: Connection[Any]) -> dict[str, float]:
    """Give the share of accounts that has each of the most frequent terms, by the planner's statistics."""
    # The list of shares ends with their minimum and maximum.
    rows = conn.execute(
        """
        SELECT common.term, common.share
          FROM pg_class AS c
          JOIN pg_stats AS s ON s.tablename = 'account_search' AND s.schemaname = c.relnamespace::regnamespace::text,
               unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS common (term, share)
         WHERE c.oid = 'account_search'::regclass AND s.attname = 'terms' AND common.term IS NOT NULL
        """
    )
    return dict(rows.fetchall())


def select_suggestions(conn: Connection[Any], asked: Mapping[str, object], limit: int) -> list[tuple[str, int]]:
    """Give public JSON and rule of suggestions, the best first, by the parameters of a search."""
    return fetch_prepared(conn, _SUGGESTIONS, {**asked, "rules": _RULES, "limit": limit})
