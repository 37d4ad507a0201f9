"""A registry that an older program made finds by the forms that are folded since."""

from pathlib import Path

import psycopg

from directory import reference_data
from directory.database.migrations import downgrade, migrate
from tests.migrations.test_migrations import REVISIONS
from tests.search.conftest import import_rows, names
from tests.serving import client_of

BEFORE = REVISIONS[REVISIONS.index("0014") - 1]
ROW = {"platform": "weibo", "handle": "h1", "platform_user_id": "1234567890"}
ROWS = (
    {**ROW, "name": "気象庁"},
    {"handle": "h2", "name": "四ッ谷区役所"},
    {"handle": "h3", "name": "成都发布", "department": "広島県警察"},
    {"handle": "h4", "name": "Exampleton Library"},
)
SOUGHT = {
    "气象厅": "気象庁",
    "氣象": "気象庁",
    "四ツ谷": "四ッ谷区役所",
    "廣島": "成都发布",
    "exampleton": "Exampleton Library",
}


def test_accounts_with_such_forms_are_indexed_again_and_found_by_each_now_and_then(
    database_url: str, tmp_path: Path
) -> None:
    import_rows(database_url, ROWS)
    with psycopg.connect(database_url) as conn:
        ((then,),) = conn.execute("SELECT max(revision) FROM revisions").fetchall()
    import_rows(database_url, [{**ROW, "name": "Renamed"}])
    downgrade(database_url, BEFORE)
    with psycopg.connect(database_url) as conn:
        conn.execute("DELETE FROM search_pending")
        _unfold(conn)
        assert conn.execute("SELECT count(*) FROM account_search WHERE texts ~ '[っ広県]'").fetchone() == (2,)
        assert conn.execute("SELECT count(*) FROM search_states WHERE texts ~ '気象庁'").fetchone() == (1,)
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        pending = {
            row[0]
            for row in conn.execute("SELECT a.handle FROM search_pending JOIN accounts AS a ON a.id = account_id")
        }
        assert pending == {"h1", "h2", "h3", "h4"}
        reference_data.sync_reference_data(conn)
    with client_of(database_url, tmp_path) as client:
        assert {q: names(client, q, as_of=str(then))[:1] for q in SOUGHT} == {q: [name] for q, name in SOUGHT.items()}
        assert names(client, "气象厅") == []
        assert names(client, "四ツ谷") == ["四ッ谷区役所"]


def _unfold(conn: psycopg.Connection) -> None:
    """Put terms and texts back to what they were when only traditional characters were folded."""
    for table in ("account_search", "search_states"):
        conn.execute(
            f"""
            UPDATE {table} AS s
               SET texts = translate(s.texts, '广县气厅つ', '広県気庁っ'),
                   terms = array_to_tsvector(ARRAY(
                       SELECT translate(lexeme, '广县气厅つ', '広県気庁っ') FROM unnest(s.terms)))
            """  # noqa: S608 - two names of tables
        )
