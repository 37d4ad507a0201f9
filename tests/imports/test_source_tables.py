import io
from pathlib import Path

import psycopg
import pytest

from directory.imports.errors import UnreadableFile
from directory.imports.sources import import_sources, read_sources

TABLE = """id,title,publisher,licence,origin,ships
a,List A,The Office,CC0-1.0,web,yes
b,List B,as above,as above,N/A,no
"""


def test_a_table_of_sources_is_read_and_as_above_is_what_stands_above() -> None:
    first, second = read_sources(io.BytesIO(TABLE.encode("utf-8-sig")))
    assert (second.id, second.publisher, second.licence, second.origin) == ("b", "The Office", "CC0-1.0", None)
    assert first.title == "List A"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name\nx\n", "there is no column 'id'"),
        ("id,title\nBad Id,x\n", "line 2: the id 'Bad Id'"),
        ("id,title\na,x\na,y\n", "line 3: the id 'a' is there twice"),
        ("id,title,retrieved\na,x,lately\n", "line 2: retrieved is 'lately'"),
        ("id,title\na,b\x00c\n", "line 2"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(table: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_sources(io.BytesIO(table.encode()))


def test_sources_are_written_once_and_only_if_they_differ(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = tmp_path / "sources.csv"
    path.write_text(TABLE, encoding="utf-8")
    written, revision = import_sources(conn, path, actor="t", reason="t")
    assert written == 2
    assert revision is not None
    assert import_sources(conn, path, actor="t", reason="t") == (0, None)
    path.write_text(TABLE.replace("List B", "List C"), encoding="utf-8")
    assert import_sources(conn, path, actor="t", reason="t") == (1, revision + 1)
