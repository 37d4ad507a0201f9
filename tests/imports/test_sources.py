import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import psycopg
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.commands import UNREADABLE, import_options, run_import
from directory.imports.read.files import printable_name
from directory.imports.sources import name_source

Run = Callable[..., Result]


@pytest.fixture
def run(conn: psycopg.Connection) -> Run:
    """Return a function that runs the command on the test's connection."""

    @click.command()
    @import_options
    def command(**options: object) -> None:
        run_import(conn, **cast("dict[str, Any]", options))

    return lambda *words, **more: CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, **more)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("accounts.csv", "accounts"),
        ("accounts.ndjson.gz", "accounts"),
        ("list.v2.csv", "list.v2"),
        ("ca-legislators_2022.json", "ca-legislators_2022"),
        ("accounts.rejected.csv", "accounts"),
        ("accounts.rejected-2.csv", "accounts"),
        ("账号.csv", "zhanghao-"),
        ("帐号.csv", "zhanghao-"),
        ("教育局 2026.csv", "jiaoyuju-2026-"),
        ("政务 账号（2026）.csv", "zhengwu-zhanghao-2026-"),
        ("Städte 2015.csv", "stadte-2015-"),
        ("Accounts.csv", "accounts-"),
        ("аккаунты.csv", "file-"),
        (".csv", "csv-"),
        ("x" * 80 + ".csv", "x" * 54 + "-"),
    ],
)
def test_an_id_can_be_read_and_has_a_mark_where_something_of_the_name_is_lost(name: str, source: str) -> None:
    assert re.fullmatch(re.escape(source) + ("[0-9a-f]{8}" if source.endswith("-") else ""), name_source(name))


NAMES = st.text(st.sampled_from("aA1-_. é账帐号局（）ж\udc80") | st.characters(), min_size=1, max_size=12)


@given(one=NAMES, other=NAMES)
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    names = [unicodedata.normalize("NFC", name) for name in (one, other)]
    first, second = (name_source(f"{name}.v.csv") for name in names)
    assert (first == second) == (names[0] == names[1])
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", first)
    # An id that was made is no name of another file.
    assert first in {names[0] + ".v", name_source(f"{names[0]}.v.csv")}
    assert name_source(f"{first}.csv") == first or re.search("-[0-9a-f]{8}$", first)


@given(name=st.text(max_size=20))
def test_a_title_can_be_shown(name: str) -> None:
    assert printable_name(name).isprintable()


def test_files_of_two_bodies_are_two_sources(run: Run, conn: psycopg.Connection, tmp_path: Path) -> None:
    for body, name in (("教育局", "教育局 2026.csv"), ("公安局", "政务 账号（2026）.csv")):
        path = tmp_path / name
        path.write_text(f"platform,handle,name\nweibo,cdfb,{body}\n", encoding="utf-8")
        assert run(path).exit_code == 0
    titles = conn.execute("SELECT title FROM sources WHERE licence = 'unknown' ORDER BY title COLLATE \"C\"").fetchall()
    assert titles == [("政务 账号（2026）.csv",), ("教育局 2026.csv",)]
    assert conn.execute("SELECT cardinality(sources) FROM accounts").fetchall() == [(2,)]


def test_standard_input_has_no_name_so_its_source_is_asked_for(run: Run) -> None:
    row = '{"platform": "x", "handle": "nasa"}\n'
    refused = run("-", input='{"platform": "x", "handle": "esa", "source": "s"}\n' + row)
    assert refused.exit_code == UNREADABLE
    assert "standard input: line 2: the row names no source" in refused.stderr
    assert "--source ID" in refused.stderr
    assert run("-", "--source", "mine", input=row).exit_code == 0


def test_a_file_of_a_name_that_was_there_before_is_remarked(run: Run, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "accounts.csv").write_text("platform,handle\nx,nasa\n", encoding="utf-8")
    assert "exists" not in run(tmp_path / "one" / "accounts.csv").stdout
    told = run(tmp_path / "two" / "accounts.csv", "--dry-run").stdout
    assert "source accounts (accounts.csv) exists, last changed on " in told
    assert "by: import of accounts.csv; " in told
    assert "give --source ID" in told
    assert "exists" not in run(tmp_path / "two" / "accounts.csv", "--source", "two").stdout
    both = run(tmp_path / "one" / "accounts.csv", tmp_path / "two" / "accounts.csv", "--dry-run").stdout
    assert "are both of source accounts" in both


def test_what_such_a_name_was_taken_for_before_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "教育局 2026.csv"
    path.write_text("platform,handle\nx,nasa\n", encoding="utf-8")
    run(path, "--source", "2026")
    assert "give --source 2026 to go on with it" in run(path, "--dry-run").stdout
