"""Entries that are made while PostgreSQL writes the accounts are those that indexing makes of the written accounts."""

from collections.abc import Callable

import psycopg
import pytest

from directory.imports import pipeline
from directory.imports.report import Report
from directory.search.indexing import index_pending

Load = Callable[..., Report]

FIRST = [
    {
        "platform": "weibo",
        "handle": "平安北京",
        "name": "平安北京",
        "department": "北京市公安局",
        "region": "CN-110000",
    },
    {"platform": "x", "handle": "MetPolice", "name": 'Met "Police"\\', "names": ["Scotland Yard"], "region": "GB"},
    {"platform": "x", "platform_user_id": "7", "region": "GB"},
    {"platform": "mastodon", "handle": "nasa@example.org", "name": "NASA", "region": "US"},
]
SECOND = [
    {
        "platform": "weibo",
        "handle": "平安北京",
        "name": "北京警方",
        "department": "北京市公安局",
        "region": "CN-110000",
    },
    {"platform": "x", "platform_user_id": "7", "handle": "seven", "name": "Seven", "region": "GB"},
    {"platform": "mastodon", "handle": "nasa@example.org", "name": "NASA", "followers": 5, "region": "US"},
    {"platform": "x", "handle": "esa", "name": "L'Agence spatiale", "region": "FR"},
]


def _entries(conn: psycopg.Connection) -> list[tuple[object, ...]]:
    return conn.execute("SELECT * FROM account_search ORDER BY account_id").fetchall()


@pytest.mark.parametrize("limit", [0, 1, 50_000])
def test_names_are_analyzed_ahead_as_they_are_from_the_written_accounts(
    conn: psycopg.Connection, load: Load, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(pipeline, "_ANALYZED_MAX", limit)
    for rows in (FIRST, SECOND):
        load(rows, source_required=False)
        made = _entries(conn)
        conn.execute("INSERT INTO search_pending (account_id) SELECT id FROM accounts")
        assert index_pending(conn) == len(made)
        assert made == _entries(conn)
    assert len(_entries(conn)) == 5
