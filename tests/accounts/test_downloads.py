import csv
import gzip
import io
import json
import re
import threading
import time
from collections.abc import Callable
from operator import itemgetter
from typing import BinaryIO

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from psycopg import Connection

from directory.accounts import routes
from directory.accounts.csv import COLUMNS, FORMULA_STARTS
from directory.accounts.downloads import compressed, write_accounts
from directory.accounts.parameters import AccountQuery, Filter
from directory.accounts.queries.download import Format
from directory.accounts.schemas import FIELDS
from tests.accounts.conftest import Registry
from tests.accounts.csv_reference import flatten


def table(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    text = client.get(f"/v1/accounts.csv{query}").get_data().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_row_of_the_csv_is_its_record_flattened(client: FlaskClient, registry: Registry) -> None:
    assert table(client, "?sort=id") == [flatten(document) for document in registry.documents]


def test_the_columns_are_the_keys_in_their_order() -> None:
    assert tuple(dict.fromkeys(column.name.partition(".")[0] for column in COLUMNS)) == FIELDS


def test_csv_fields_take_all_columns_under_a_key(client: FlaskClient) -> None:
    first = client.get("/v1/accounts.csv?fields=region,id").get_data(as_text=True).partition("\n")[0]
    assert first == "region.code,region.name,region.name_local,id"


def test_a_byte_order_mark_comes_only_when_asked_for(client: FlaskClient) -> None:
    plain, marked = (client.get(f"/v1/accounts.csv{query}").get_data() for query in ("", "?bom=true"))
    assert marked == b"\xef\xbb\xbf" + plain


def test_one_parameter_makes_a_file_for_spreadsheets(client: FlaskClient) -> None:
    both, one = (
        client.get(f"/v1/accounts.csv?{query}").get_data()
        for query in ("bom=true&escape_formulas=true", "spreadsheet=true")
    )
    assert both == one
    assert client.get("/v1/accounts.csv?spreadsheet=yes").status_code == 400


def test_escaped_cells_cannot_begin_a_formula_and_lose_nothing(client: FlaskClient) -> None:
    plain, escaped = table(client), table(client, "?escape_formulas=true")
    dangerous = 0
    for row, safe in zip(plain, escaped, strict=True):
        for name, cell in row.items():
            if cell[:1] and cell[0] in FORMULA_STARTS:
                dangerous += 1
                assert safe[name] == f"'{cell}"
            else:
                assert safe[name] == cell
            assert not any(part[:1] and part[0] in FORMULA_STARTS for part in re.split("[;\\t\\n]", safe[name]))
    assert dangerous > 10


def test_json_is_one_document_with_a_record_a_line_and_the_revision(client: FlaskClient, registry: Registry) -> None:
    text = client.get("/v1/accounts.json").get_data(as_text=True)
    body = json.loads(text)
    assert list(body) == ["data", "revision"]
    # Without `sort` in any order.
    assert sorted(body["data"], key=itemgetter("id")) == registry.documents
    assert json.loads(client.get("/v1/accounts.json?sort=id").get_data())["data"] == registry.documents
    assert len(text.splitlines()) == len(registry.documents) + 2
    assert json.loads(client.get("/v1/accounts.json?q=no+such+name").get_data()) == {
        "data": [],
        "revision": body["revision"],
    }


def test_text_is_sent_in_utf8_as_itself(client: FlaskClient) -> None:
    for form in ("ndjson", "json", "csv"):
        body = client.get(f"/v1/accounts.{form}?q=成都发布").get_data()
        assert "成都发布".encode() in body
        assert b"\\u" not in body


@pytest.mark.parametrize("form", ["ndjson", "json", "csv"])
@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("zstd, gzip", "zstd", lambda data: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()),
    ],
)
def test_a_download_is_compressed_on_demand(
    client: FlaskClient, form: str, accepted: str, encoding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = client.get(f"/v1/accounts.{form}")
    packed = client.get(f"/v1/accounts.{form}", headers={"Accept-Encoding": accepted})
    assert packed.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 3
    assert unpack(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_a_download_has_a_name_to_save_it_by(client: FlaskClient, registry: Registry) -> None:
    response = client.get("/v1/accounts.csv")
    assert f"accounts-{registry.database.revision}.csv" in response.headers["Content-Disposition"]
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("query", ["limit=1", "cursor=a", "count=exact", "facets=status", "bom=true"])
def test_what_means_nothing_to_a_download_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/v1/accounts.ndjson?{query}").status_code == 400


def test_equal_downloads_at_the_same_time_are_written_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def write(conn: Connection, file: BinaryIO, form: Format, query: AccountQuery, account_filter: Filter) -> None:
        written.append(form)
        time.sleep(0.1)
        write_accounts(conn, file, form, query, account_filter)

    monkeypatch.setattr(routes, "write_accounts", write)
    bodies: list[bytes] = []

    def download() -> None:
        bodies.append(app.test_client().get("/v1/accounts.ndjson?status=active&sort=name").get_data())

    threads = [threading.Thread(target=download) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 1
    assert len(set(bodies)) == 1


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_compressed_bytes_are_the_same_each_time(encoding: str) -> None:
    def pack() -> bytes:
        file = io.BytesIO()
        with compressed(file, encoding) as target:
            for _ in range(100):
                target.write(b"some line of text\n" * 100)
        return file.getvalue()

    assert pack() == pack()
