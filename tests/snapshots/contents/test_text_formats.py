import csv
import gzip
import io
import json
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
import zstandard
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pyarrow import parquet

from directory.database.revisions import begin_revision
from directory.snapshots.contents.tables import TABLES, SnapshotTable
from directory.snapshots.contents.text_formats import NotNormalizedError
from directory.snapshots.verify.csv_reference import flatten
from tests.accounts.conftest import fill
from tests.serving import client_of
from tests.snapshots.building import add_accounts, contents, known, publish, records

STORED = {
    "accounts": "id",
    "departments": "id",
    "handles": "public_id",
    "platforms": "slug",
    "regions": "code",
    "sources": "id",
}


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """Return a registry in which every value and every null occurs, an account gone and another merged."""
    fill(module_database_url)
    with psycopg.connect(module_database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="two accounts go")
        gone, merged, successor = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id LIMIT 3")]
        revision = conn.execute("SELECT current_revision()").fetchone()
        conn.execute(
            "INSERT INTO tombstones (kind, id, successor_id, revision) VALUES ('account', %s, %s, %s)",
            (merged, successor, revision and revision[0]),
        )
        conn.execute("DELETE FROM accounts WHERE id IN (%s, %s)", (gone, merged))
        conn.execute(
            """UPDATE departments SET external_ids = '{ror:042twtr12,wikidata:Q42}'
                WHERE id = (SELECT min(id) FROM departments)"""
        )
    return module_database_url


@pytest.fixture(scope="module")
def snapshot(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its snapshot."""
    root = tmp_path_factory.mktemp("snapshots")
    report = publish(url, root)
    return root / str(report.revision)


@pytest.mark.parametrize("table", STORED)
def test_a_line_is_the_stored_record_in_the_order_of_ids(url: str, snapshot: Path, table: str) -> None:
    statement = sql.SQL('SELECT document FROM {} ORDER BY {} COLLATE "C"').format(
        sql.Identifier("account_records" if table == "accounts" else table), sql.Identifier(STORED[table])
    )
    with psycopg.connect(url) as conn:
        documents = [row[0] for row in conn.execute(statement)]
    assert documents
    assert (snapshot / f"{table}.ndjson").read_bytes() == "".join(f"{text}\n" for text in documents).encode()


def test_tombstones_state_what_was_deleted_and_what_it_was_merged_into(snapshot: Path) -> None:
    gone, merged = [record for record in records(snapshot, "tombstones") if record["kind"] == "account"]
    assert list(gone) == ["kind", "id", "action", "revision", "at", "replaced_by"]
    assert (gone["action"], gone["replaced_by"]) == ("delete", None)
    assert merged["action"] == "merge"
    assert merged["replaced_by"] in {record["id"] for record in records(snapshot, "accounts")}


def test_json_and_csv_of_accounts_are_those_of_the_download(url: str, snapshot: Path, tmp_path: Path) -> None:
    with client_of(url, tmp_path) as client:
        for name in ("accounts.json", "accounts.csv", "accounts.ndjson"):
            assert client.get(f"/v1/{name}?sort=id").get_data() == (snapshot / name).read_bytes()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_json_holds_all_records_and_the_revision(snapshot: Path, table: SnapshotTable) -> None:
    body = json.loads((snapshot / f"{table.name}.json").read_bytes())
    assert body == {"data": records(snapshot, table.name), "revision": int(snapshot.name)}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_of_the_csv_is_its_record_flattened_under_the_names_of_its_keys(
    snapshot: Path, table: SnapshotTable
) -> None:
    text = (snapshot / f"{table.name}.csv").read_bytes().decode()
    assert "\r" not in text.replace("\r\n", "")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == [column.name for column in table.columns]
    paths = [column.path for column in table.columns]
    assert rows == [flatten(record, paths) for record in records(snapshot, table.name)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_has_the_same_values_with_their_types(snapshot: Path, table: SnapshotTable) -> None:
    read = parquet.read_table(snapshot / f"{table.name}.parquet")
    assert read.schema.names == [column.name for column in table.columns]
    rows = [list(row.values()) for row in read.to_pylist()]
    for values, record in zip(rows, records(snapshot, table.name), strict=True):
        for column, value in zip(table.columns, values, strict=True):
            said = flatten(record, [column.path])[0]
            if column.type == "datetime" and value is not None:
                assert value == pa.scalar(said).cast(pa.timestamp("us", tz="UTC")).as_py()
            elif column.type in {"texts", "names"}:
                assert value == record.get(column.path[0])
            elif column.type == "boolean":
                assert value is record[column.path[0]]
            else:
                assert ("" if value is None else str(value)) == said


def test_parquet_has_typed_columns_and_no_time_of_its_making(snapshot: Path) -> None:
    file = parquet.ParquetFile(snapshot / "accounts.parquet")
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert (types["followers.count"], types["opened_on"], types["tags"]) == (
        "int64",
        "date32[day]",
        "list<element: string>",
    )
    assert types["updated_at"] == "timestamp[us, tz=UTC]"
    assert not file.schema_arrow.field("id").nullable
    assert file.metadata.created_by.startswith("parquet-cpp-arrow version ")
    assert set(file.metadata.metadata or {}) <= {b"ARROW:schema"}


def test_compressed_files_hold_the_plain_ones(snapshot: Path) -> None:
    files = contents(snapshot)
    packed = [name for name in files if name.endswith(".gz")]
    assert len(packed) == 4 * len(TABLES)
    for name in packed:
        plain = files[name.removesuffix(".gz")]
        assert gzip.decompress(files[name]) == plain
        assert (
            zstandard.ZstdDecompressor().decompressobj().decompress(files[f"{name.removesuffix('.gz')}.zst"]) == plain
        )


def test_compressed_files_bear_neither_time_nor_name_and_zstd_a_checksum(snapshot: Path) -> None:
    assert (snapshot / "accounts.csv.gz").read_bytes()[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    assert zstandard.get_frame_parameters((snapshot / "accounts.csv.zst").read_bytes()).has_checksum


def test_the_same_revision_gives_the_same_bytes_wherever_it_is_written(
    url: str, snapshot: Path, tmp_path: Path
) -> None:
    settings = {
        "timezone": "Asia/Shanghai",
        "datestyle": "SQL, DMY",
        "extra_float_digits": "-3",
        "intervalstyle": "iso_8601",
        "bytea_output": "escape",
    }
    name = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, autocommit=True) as conn:
        for key, value in settings.items():
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(str(name)), sql.Identifier(key), sql.Literal(value)
                )
            )
        conn.execute("DELETE FROM snapshots")
    again = publish(url, tmp_path)
    assert contents(tmp_path / str(again.revision)) == contents(snapshot)


def test_a_text_that_is_not_in_normal_form_c_is_named_and_nothing_is_published(
    database_url: str, tmp_path: Path
) -> None:
    add_accounts(database_url, "Zürich", "Bru\u0308nn")
    with psycopg.connect(database_url) as conn:
        row = conn.execute("SELECT id FROM accounts WHERE name = 'Bru\u0308nn'").fetchone()
    assert row is not None
    with pytest.raises(NotNormalizedError, match=f"accounts: the record {row[0]} has text that is not in"):
        publish(database_url, tmp_path)
    assert known(database_url) == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["registry"]
