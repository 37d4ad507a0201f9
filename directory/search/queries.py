"""SQL of the search: the page of matches, suggestions, the index entries of accounts, and the vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import args_row

from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import array_literal, compose
from directory.search.terms import IndexEntry
from directory.search.tiers import TIERS

# The matches of a `QueryPlan` in order, `limit` of them: account_id, tier, followers, status_rank, name_length.
SEARCH_PAGE: Final = compose(
    """search_page(%(tiers)s::tsquery[], %(index_queries)s::tsquery[], %(text_patterns)s::text[],
                   %(excluded_pattern)s::text, %(facet_filter)s::tsquery, %(group_starts)s::integer[],
                   %(by_band)s::boolean[], %(band_facets)s::tsquery[], %(band_floors)s::integer[],
                   %(tier)s::integer, %(followers)s::bigint, %(status_rank)s::integer, %(name_length)s::integer,
                   %(id)s::text, %(limit)s::integer)"""
)

_STAGING: Final = """
DROP TABLE IF EXISTS pg_temp.search_entries, pg_temp.search_vocabulary;
CREATE TEMP TABLE search_entries (
    account_id text COLLATE "C", terms tsvector, look_alikes text[] COLLATE "C", texts text, name_length smallint
) ON COMMIT DROP;
CREATE TEMP TABLE search_vocabulary (key text COLLATE "C", value text COLLATE "C") ON COMMIT DROP;
"""
# What the text format of COPY means by these characters, escaped.
_COPY_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})

_WORDS: Final = compose("SELECT string_agg(word, ' ') FROM search_words WHERE part = ANY(%(parts)s::text[])")
# Sorted again, as a join need not keep the order in which search_page returns its rows.
_SUGGESTIONS: Final = compose(
    """
    SELECT (SELECT row_to_json(s)::text FROM (
               SELECT a.id, a.name, a.names, a.platform, a.handle, a.url,
                      (SELECT d.name FROM departments AS d WHERE d.id = a.department_id) AS department,
                      a.region_code AS region, a.status, (%(tier_names)s::text[])[p.tier + 1] AS rule) AS s), p.tier
      FROM {} AS p
      JOIN accounts AS a ON a.id = p.account_id
     ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id
    """,
    SEARCH_PAGE,
)


class Pending(NamedTuple):
    """An account to index: names with the displayed one first, and some of them perhaps None."""

    account_id: str
    platform: str
    platform_user_id: str | None
    handle: str | None
    names: list[str | None]
    department: str | None


def count_pending(conn: Connection[Any]) -> int:
    """Return the number of accounts to index."""
    row = conn.execute("SELECT count(*) FROM search_pending").fetchone()
    return int(row[0]) if row else 0


def stream_pending(conn: Connection[Any], batch_size: int) -> Iterator[Sequence[Pending]]:
    """Yield in batches the accounts to index without a copied entry; between two the connection is free for others."""
    # A cursor with a name is on the server, so that the client holds no more than a batch.
    with conn.cursor(name="search_pending", row_factory=args_row(Pending)) as cursor:
        cursor.execute(
            """
            SELECT a.id AS account_id, a.platform, a.platform_user_id, a.handle,
                   ARRAY[a.name] || ARRAY(SELECT n ->> 'name' FROM jsonb_array_elements(a.names) AS n) AS names,
                   d.name AS department
              FROM search_pending AS p
              JOIN accounts AS a ON a.id = p.account_id
              LEFT JOIN departments AS d ON d.id = a.department_id
             WHERE NOT EXISTS (SELECT FROM search_entries AS e WHERE e.account_id = p.account_id)
            """
        )
        while rows := cursor.fetchmany(batch_size):
            yield rows


def create_staging(conn: Connection[Any]) -> None:
    """Create the temporary tables that `copy_entries` and the vocabularies go through, until the transaction ends."""
    conn.execute(_STAGING)


def entry_line(account_id: str, entry: IndexEntry, look_alikes: Sequence[str]) -> str:
    """Return an index entry, with the look-alike keys of the account's handle, as a line for `copy_entries`.

    psycopg's `Copy.write_row` takes three times as long: it adapts a list key by key.
    """
    # Terms and texts are folded, so there is no backslash in them, and no control character but the line feed.
    texts = entry.texts.replace("\n", "\\n")
    keys = array_literal(look_alikes).translate(_COPY_ESCAPES)
    return f"{account_id}\t{entry.terms}\t{keys}\t{texts}\t{entry.name_length}\n"


def copy_entries(conn: Connection[Any], blocks: Iterable[bytes]) -> None:
    """Copy index entries, lines of `entry_line` in UTF-8, to the temporary table."""
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY search_entries (account_id, terms, look_alikes, texts, name_length) FROM STDIN") as copy,
    ):
        for block in blocks:
            copy.write(block)


def merge_entries(conn: Connection[Any]) -> None:
    """Move the copied entries to account_search, with each account's facets and rank, and clear search_pending."""
    conn.execute(
        """
        INSERT INTO account_search
               (account_id, terms, facets, look_alikes, texts, status_rank, name_length, rank_band)
        SELECT a.id, c.terms, search_facets(a, rank_band), c.look_alikes, c.texts,
               search_status_rank(a.status), c.name_length, rank_band
          FROM search_entries AS c
          JOIN accounts AS a ON a.id = c.account_id
          JOIN account_followers AS f ON f.account_id = c.account_id
         CROSS JOIN search_rank_band(search_followers(f.followers), search_status_rank(a.status),
                                     c.name_length) AS rank_band
            ON CONFLICT (account_id) DO UPDATE
           SET (terms, facets, look_alikes, texts, status_rank, name_length, rank_band)
             = (excluded.terms, excluded.facets, excluded.look_alikes, excluded.texts, excluded.status_rank,
                excluded.name_length, excluded.rank_band)
        """
    )
    # Writers exclude each other by a lock, so no other one has marked an account since they were read.
    conn.execute("DELETE FROM search_pending")


def insert_readings(conn: Connection[Any], readings: Iterable[tuple[str, str]]) -> None:
    """Add readings of Chinese characters; those that are there already stay."""
    _copy_vocabulary(conn, readings)
    conn.execute(
        """
        INSERT INTO search_readings (reading, characters)
        SELECT key, value FROM search_vocabulary ORDER BY key, value
            ON CONFLICT DO NOTHING
        """
    )


def insert_words(conn: Connection[Any], parts: Iterable[tuple[str, str]]) -> None:
    """Add words by their distinct parts; those that are there already stay."""
    _copy_vocabulary(conn, parts)
    # Not ON CONFLICT, which looks into the index before each insertion too: 0.6 s of processor time for 160,000 parts,
    # against 0.27 this way. Writers exclude each other by a lock. In the index's order, so that its pages stay at hand.
    conn.execute(
        """
        INSERT INTO search_words (part, word)
        SELECT key, value
          FROM search_vocabulary
         WHERE NOT EXISTS (SELECT FROM search_words WHERE (part, word) = (key, value))
         ORDER BY key, value
        """
    )


def _copy_vocabulary(conn: Connection[Any], pairs: Iterable[tuple[str, str]]) -> None:
    conn.execute("TRUNCATE search_vocabulary")
    with conn.cursor() as cursor, cursor.copy("COPY search_vocabulary (key, value) FROM STDIN") as copy:
        for pair in pairs:
            copy.write_row(pair)


def select_added_readings(conn: Connection[Any], position: int) -> list[tuple[int, str, str]]:
    """Return position, reading and characters of the readings added after a position, in order."""
    return conn.execute(
        "SELECT position, reading, characters FROM search_readings WHERE position > %s ORDER BY position", (position,)
    ).fetchall()


def select_words(conn: Connection[Any], parts: Sequence[str]) -> list[str]:
    """Return the words that have one of the parts."""
    # One text for all: there may be a thousand, and the driver would take longer to read a row each than the server
    # takes to find them.
    ((words,),) = fetch_prepared(conn, _WORDS, {"parts": array_literal(parts)})
    return list(dict.fromkeys(words.split(" "))) if words else []


def select_bands(conn: Connection[Any]) -> dict[int, int]:
    """Return about how many accounts each band has, by the planner's statistics; nothing before the first ANALYZE."""
    # pg_stats has values of any type as anyarray, which casts by way of text. reltuples is -1 until the first VACUUM or
    # ANALYZE.
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


def select_term_frequencies(conn: Connection[Any]) -> dict[str, float]:
    """Return the share of accounts (0 to 1) that has each of the most frequent terms, by the planner's statistics."""
    # pg_stats appends the least and the greatest frequency (and that of NULL) to most_common_elem_freqs: those rows
    # have no term.
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


def select_suggestions(conn: Connection[Any], plan: Mapping[str, object], limit: int) -> list[tuple[str, int]]:
    """Return public JSON and tier of suggestions, the best first, by the parameters of a plan."""
    return fetch_prepared(conn, _SUGGESTIONS, {**plan, "tier_names": _TIER_NAMES, "limit": limit})


_TIER_NAMES: Final = array_literal(TIERS)
