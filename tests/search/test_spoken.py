import psycopg
import pytest

from directory.search.queries import create_staging, insert_readings
from directory.search.spoken import Spoken


def test_what_was_added_is_known_at_the_next_revision_and_found_by_beginnings(conn: psycopg.Connection) -> None:
    spoken = Spoken()
    create_staging(conn)
    insert_readings(conn, [("bei jing", "北京"), ("bei jing", "背景"), ("ji", "急"), ("jing", "京")])
    spoken.refresh(conn, 1)
    assert spoken.find(["bei j", "bei jing", "j", "ji", "bei q", "bei"]) == {
        "bei j": ["北京", "背景"],
        "bei jing": ["北京", "背景"],
        "j": ["急", "京"],
        "ji": ["急", "京"],
    }
    insert_readings(conn, [("bei jing", "北京"), ("bei qu", "北区")])
    spoken.refresh(conn, 1)
    assert spoken.find(["bei q"]) == {}
    spoken.refresh(conn, 2)
    assert spoken.find(["bei q"]) == {"bei q": ["北区"]}


@pytest.mark.parametrize("reading", ["", "x", "zz zz", "~"])
def test_what_does_not_occur_is_not_found(reading: str) -> None:
    assert Spoken().find([reading]) == {}
