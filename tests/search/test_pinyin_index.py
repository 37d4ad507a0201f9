import psycopg
import pytest

from directory.database.revisions import State
from directory.search.pinyin_index import PinyinIndex
from directory.search.queries import create_staging, insert_readings


def test_what_was_added_is_known_at_the_next_revision_and_found_by_beginnings(conn: psycopg.Connection) -> None:
    spoken = PinyinIndex()
    create_staging(conn)
    insert_readings(conn, [("bei jing", "北京"), ("bei jing", "背景"), ("ji", "急"), ("jing", "京")])
    spoken.refresh(conn, State(1))
    assert spoken.find(["bei j", "bei jing", "j", "ji", "bei q", "bei"]) == {
        "bei j": ["北京", "背景"],
        "bei jing": ["北京", "背景"],
        "j": ["急", "京"],
        "ji": ["急", "京"],
    }
    insert_readings(conn, [("bei jing", "北京"), ("bei qu", "北区")])
    spoken.refresh(conn, State(1))
    assert spoken.find(["bei q"]) == {}
    spoken.refresh(conn, State(2))
    assert spoken.find(["bei q"]) == {"bei q": ["北区"]}


def test_after_a_restore_what_is_known_is_what_the_registry_has(conn: psycopg.Connection) -> None:
    spoken = PinyinIndex()
    create_staging(conn)
    insert_readings(conn, [("bei jing", "北京"), ("ji", "急")])
    spoken.refresh(conn, State(1, "0123456789ab"))
    # Revision 1 is another one now, and what was added later has gone.
    conn.execute("DELETE FROM search_readings")
    insert_readings(conn, [("jing", "京")])
    spoken.refresh(conn, State(1, "ba9876543210"))
    assert spoken.find(["ji", "bei"]) == {"ji": ["京"]}


@pytest.mark.parametrize("reading", ["", "x", "zz zz", "~"])
def test_what_does_not_occur_is_not_found(reading: str) -> None:
    assert PinyinIndex().find([reading]) == {}
