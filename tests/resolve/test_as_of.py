import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from directory.database.connections import Database, connect
from directory.database.revisions import State, begin_revision
from directory.http.as_of import find_point_in_time
from directory.resolve.resolver import resolve
from directory.search.indexing import index_pending
from directory.search.query_plan import try_plan_query
from tests.followers.observing import observe
from tests.resolve.conftest import ACCOUNTS, fill

Judge = Callable[[list[str], int | None], list[dict[str, Any]]]
NOW = None
# Handles and names as they were at first, as addresses, with slips, and what names nobody.
TEXTS = [
    *(f"https://x.com/{each['handle']}" for each in ACCOUNTS if each["platform"] == "x"),
    *(f"@{each['handle']}" for each in ACCOUNTS if each["handle"]),
    *(each["name"] for each in ACCOUNTS),
    *(f"https://weibo.com/{each['handle']}1" for each in ACCOUNTS if each["handle"]),
    *(each["platform_user_id"] for each in ACCOUNTS if "platform_user_id" in each),
    "https://www.youtube.com/channel/ucla_dir1ffknvjuupbhmylq",
    "https://www.facebook.com/nih.gov-142825785752273",
    "NASA news of today",
    "chengdu fabu guanfang",
    "https://example.org/",
]


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection to a small registry in which much has happened."""
    with connect(database_url) as connection:
        fill(connection)
        yield connection


@pytest.fixture
def judge(database_url: str) -> Iterator[Judge]:
    """Yield a function that resolves texts as of a revision."""
    database = Database(database_url, statement_timeout_ms=10_000)

    def verdicts(texts: list[str], revision: int | None) -> list[dict[str, Any]]:
        as_of = find_point_in_time(database, None if revision is None else State(revision))
        with database.snapshot() as conn:
            found = resolve(conn, texts, plan=partial(try_plan_query, database), as_of=as_of)
            return [json.loads(verdict) for verdict in found]

    yield verdicts
    database.close()


def latest(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    assert row is not None
    return int(row[0])


def test_verdicts_as_of_a_revision_are_those_that_were_given_whatever_came_of_the_accounts(
    conn: psycopg.Connection, judge: Judge
) -> None:
    texts = [*TEXTS, *(row[0] for row in conn.execute("SELECT id FROM accounts UNION ALL SELECT id FROM tombstones"))]
    given, revision = judge(texts, NOW), latest(conn)
    assert {verdict["verdict"] for verdict in given} == {"official", "formerly_official", "look_alike", "unknown"}
    with conn.transaction():
        begin_revision(conn, actor="test", reason="everything is called otherwise")
        conn.execute(
            """UPDATE accounts
                  SET (handle, handle_key, name, name_key, names, name_keys, status)
                    = ('Z' || id, 'z' || id, 'Zzz', 'zzz', '[]', '{zzz}', 'suspended')"""
        )
        observe(conn, [row[0] for row in conn.execute("SELECT id FROM accounts")], 1)
        index_pending(conn)
    renamed, then = judge(texts, NOW), latest(conn)
    with conn.transaction():
        begin_revision(conn, actor="test", reason="everything goes")
        conn.execute("UPDATE accounts SET replaced_by = NULL")
        conn.execute(
            "INSERT INTO tombstones (kind, id, revision) SELECT 'account', id, current_revision() FROM accounts"
        )
        conn.execute("DELETE FROM accounts")
    assert judge(texts, revision) == given
    assert judge(texts, then) == renamed
    assert [verdict for text in texts[:20] for verdict in judge([text], revision)] == given[:20]
    assert not any(verdict["verdict"] == "official" for verdict in judge(texts, NOW))


def test_a_handle_is_official_as_of_when_it_was_held(conn: psycopg.Connection, judge: Judge) -> None:
    row = conn.execute("SELECT min(revision) FROM versions WHERE kind = 'account'").fetchone()
    assert row is not None
    texts = ["https://x.com/CityOfNames", "https://x.com/NamesCity", "https://x.com/DeletedOne"]
    assert [verdict["verdict"] for verdict in judge(texts, row[0])] == ["official", "unknown", "official"]
    assert [verdict["verdict"] for verdict in judge(texts, NOW)] == [
        "formerly_official",
        "official",
        "formerly_official",
    ]
