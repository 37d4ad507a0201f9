import psycopg

from directory.database.revisions import begin_revision
from directory.overview.queries import select_disguised
from tests.accounts.conftest import insert_account


def test_names_that_older_versions_took_in_with_characters_that_turn_or_hide_text_are_counted(
    conn: psycopg.Connection,
) -> None:
    begin_revision(conn, actor="test", reason="test")
    names = ("成都发布", "نیروی\u200cانتظامی", "👩\u200d🚒", "x\u202egnp.exe", "a\u2028b", "Exa\u200bmple", None)
    for number, name in enumerate(names):
        insert_account(conn, number, {"name": name})
    insert_account(conn, 100, {"name": "Plain", "names": [{"name": "x\u2066y"}]})
    count, first = select_disguised(conn)
    assert count == 4
    assert first is not None
