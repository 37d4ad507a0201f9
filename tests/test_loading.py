"""The page on loading the data, on real files: each example in Python and SQL is run as it stands there."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.snapshots.publish.build import publish
from tests.live import address_of

PAGE = (Path(__file__).parent.parent / "docs" / "loading.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(SQL_EXAMPLE,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
(SHELL_EXAMPLE,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
(OBSERVATIONS_EXAMPLE,) = re.findall(r"```\n(rm -f observations-.*?)```", PAGE, re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
PSQL = shutil.which("psql")
LONG_ID = "9223372036854775807"
# Handle, region, name, user id: what tools that guess types take for missing, for a formula, for a number.
ROWS = [("a", "NA", "Windhoek", None), ("b", "CN", "=1+1", None), ("c", "CN", "成都发布", LONG_ID)]
# By tool, an expression of all values in a column of what an example loaded.
COLUMNS = {
    "pandas": "list(accounts[{!r}].dropna())",
    "polars": "accounts[{!r}].to_list()",
    "duckdb": "[row[accounts.columns.index({!r})] for row in accounts.fetchall()]",
}


@pytest.fixture(scope="module")
def folder(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of a snapshot of three accounts."""
    folder: Path = tmp_path_factory.mktemp("loading")
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="three accounts")
        conn.cursor().executemany(
            "INSERT INTO accounts (platform, handle, handle_key, region_code, name, platform_user_id)"
            " VALUES ('weibo', %s, %s, %s, %s, %s)",
            [(handle, handle, *others) for handle, *others in ROWS],
        )
    publish(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), module_database_url)
    (revision,) = (path for path in (folder / "snapshots").iterdir() if path.name.isdigit())
    return revision


def fetch(address: str, into: Path) -> int:
    """Run the commands that get the files against the service at an address; return how they end."""
    assert ADDRESS in SHELL_EXAMPLE
    commands = SHELL_EXAMPLE.replace(ADDRESS, address)
    return subprocess.run(["sh", "-c", commands], cwd=into, check=False, capture_output=True, timeout=60).returncode


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here; Debian has it as curl")
def test_the_commands_get_the_files_of_every_snapshot(folder: Path, module_database_url: str, tmp_path: Path) -> None:
    database = Database(module_database_url, statement_timeout_ms=10_000)
    config = Config(data_dir=folder.parent.parent, download_cache_dir=tmp_path / "download-cache")
    got = tmp_path / "got"
    got.mkdir()
    with address_of(create_app(config, database)) as address:
        assert fetch(address, got) == 0
        # Those of observations leave no file that the manifest does not list; another table's here.
        (got / "accounts-2025-12.parquet").touch()
        commands = f"base={address}/v1/snapshots/latest\n" + OBSERVATIONS_EXAMPLE.replace("observations-", "accounts")
        if shutil.which("jq"):
            subprocess.run(["sh", "-c", commands], cwd=got, check=True, capture_output=True, timeout=60)
            assert [path.name for path in got.glob("*.parquet")] == ["accounts.parquet"]
        (got / "accounts-2025-12.parquet").unlink(missing_ok=True)
    database.close()
    names = {path.name for path in got.iterdir()}
    assert names == {"accounts.parquet", "accounts.csv", "accounts.ndjson"}
    assert all((got / name).read_bytes() == (folder / name).read_bytes() for name in names)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here; Debian has it as curl")
def test_the_commands_fail_and_write_nothing_where_there_is_no_snapshot(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url, statement_timeout_ms=10_000)
    got = tmp_path / "got"
    got.mkdir()
    with address_of(
        create_app(Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache"), database)
    ) as address:
        assert fetch(address, got) != 0
    database.close()
    assert not any(path.stat().st_size for path in got.iterdir())


def run(example: str, folder: Path, check: str) -> None:
    """Run an example among the files as a program of its own, and then what has to hold."""
    program = [sys.executable, "-W", "error", "-c", f"{example}\n{check}"]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tool", list(COLUMNS))
def test_the_examples_load_every_account_and_neither_namibia_nor_a_long_id_is_lost(folder: Path, tool: str) -> None:
    examples = [example for example in EXAMPLES if f"import {tool}" in example]
    assert len(examples) == 3
    for example in examples:
        ids, regions = (COLUMNS[tool].format(name) for name in ("platform_user_id", "region.code"))
        run(example, folder, f"assert len(accounts) == {len(ROWS)}; assert {LONG_ID!r} in {ids}")
        if "ndjson" not in example:
            run(example, folder, f"assert {regions}.count('NA') == 1")


@pytest.mark.parametrize("tool", list(COLUMNS))
def test_the_examples_keep_what_only_late_records_have(tmp_path: Path, tool: str) -> None:
    # More than DuckDB looks at by itself (20,480), and than its sample of several files.
    sparse = {"id": "000000a", "platform_user_id": None, "closed_on": None, "region": {"code": "CN", "name": None}}
    late = sparse | {"id": "000000b", "closed_on": "2011-11-14", "region": {"code": "NA", "name": "Windhoek"}}
    lines = [json.dumps(sparse)] * 21_000 + [json.dumps(late)]
    (tmp_path / "accounts.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (example,) = (example for example in EXAMPLES if f"import {tool}" in example and "ndjson" in example)
    closed, regions = (COLUMNS[tool].format(name) for name in ("closed_on", "region"))
    late_region = {"code": "NA", "name": "Windhoek"}
    check = f"assert len(accounts) == 21_001; assert str({closed}[-1])[:10] == '2011-11-14', {closed}[-1]"
    run(example, tmp_path, f"{check}; assert {regions}[-1] == {late_region!r}, {regions}[-1]")


def test_the_workbook_has_every_cell_as_text(folder: Path) -> None:
    (example,) = (example for example in EXAMPLES if "xlsxwriter" in example)
    run(example, folder, f"assert len(accounts) == {len(ROWS) + 1}")
    with ZipFile(folder / "accounts.xlsx") as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - it is ours
    cells = [cell for cell in sheet.iter() if cell.tag.endswith("}c")]
    texts = {text for cell in cells for text in cell.itertext()}
    # `inlineStr` is a text in the cell itself; a number would have no type, a formula an `f` below it.
    assert {cell.get("t") for cell in cells} == {"inlineStr"}
    assert {"NA", "=1+1", "成都发布", LONG_ID} <= texts


@pytest.mark.skipif(PSQL is None, reason="no psql here; Debian has it as postgresql-client")
def test_the_example_in_sql_loads_every_account(folder: Path, bare_database_url: str) -> None:
    command = [str(PSQL), "--no-psqlrc", "--set", "ON_ERROR_STOP=1", bare_database_url]
    subprocess.run(command, input=SQL_EXAMPLE, cwd=folder, check=True, text=True, capture_output=True, timeout=60)
    with psycopg.connect(bare_database_url) as conn:
        found = conn.execute("SELECT record ->> 'handle', record #>> '{region,code}', record ->> 'name' FROM accounts")
        assert sorted(found) == [(handle, region, name) for handle, region, name, _ in ROWS]


def test_the_page_says_what_files_there_are(folder: Path) -> None:
    for name in ("accounts.parquet", "accounts.csv", "accounts.ndjson", "accounts.ndjson.gz"):
        assert name in PAGE
        assert (folder / name).is_file()
