"""Whatever text an import took comes out of every form of the data as the same text, and does nothing there."""

import csv
import io
import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.csv import FORMULA_STARTS
from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.imports.conftest import ndjson

TEXTS = (
    '=HYPERLINK("https://example.org","x")',
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "＝全角",
    "x;=cmd|' /C calc'!A0;y",
    "x\t-1",
    "</script><script>alert(1)</script>",
    "]]><!-- -->&amp;&#0;",
    "\"',\\|`${x}",
    "\x1b[31mred",
    "a\u2028b\u2029c\u0085d",
    "x\u202egnp.exe",
    "\U000e0041hidden",
    "\ufdd0\uffff",
    "👩\u200d🚒 نیروی\u200cانتظامی",
)
MANY = 200


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry whose texts are the ones above, and others of all of Unicode."""
    made = random.Random(12)  # noqa: S311 - no secret
    blocks = (range(1, 0x3000), range(1, 0xD800), range(0xE000, 0x110000))
    drawn = ["".join(chr(made.choice(made.choice(blocks))) for _ in range(12)) for _ in range(MANY)]
    rows = [
        {
            "platform": "x",
            "handle": f"h{number}",
            "name": text,
            "description": text,
            "department": text,
            "tags": [text[:50]],
            "names": [text],
        }
        for number, text in enumerate([*TEXTS, *drawn])
    ]
    # As a description a text is taken that a name could not be.
    rows += [
        {"platform": "facebook", "handle": f"d.{number}", "name": "x", "description": row["name"]}
        for number, row in enumerate(rows)
    ]
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        report = import_files(conn, [ndjson(rows)], Options(actor="test", reason="\x1b]0;x\x07 <b>", skip_invalid=True))
    assert report.created > MANY
    folder = tmp_path_factory.mktemp("data")
    database = Database(module_database_url, statement_timeout_ms=10_000)
    yield create_app(Config(data_dir=Path(folder), download_cache_dir=Path(folder)), database).test_client()
    database.close()


def documents(client: FlaskClient) -> list[dict[str, object]]:
    return [json.loads(line) for line in client.get("/v1/accounts.ndjson?sort=id").get_data().decode().split("\n")[:-1]]


def test_json_and_ndjson_hold_the_same_texts_a_record_a_line(client: FlaskClient) -> None:
    lines = documents(client)
    assert json.loads(client.get("/v1/accounts.json?sort=id").get_data())["data"] == lines
    # Programs that take these for ends of lines would cut a record.
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]",
        client.get("/v1/accounts.ndjson").get_data().decode(),
    )


def test_csv_holds_the_same_texts_and_for_a_spreadsheet_no_formula(client: FlaskClient) -> None:
    records = documents(client)
    plain = client.get("/v1/accounts.csv?sort=id").get_data().decode()
    safe = client.get("/v1/accounts.csv?sort=id&spreadsheet=true").get_data().decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(plain, newline=""))] == [
        record["name"] or "" for record in records
    ]
    formulas = 0
    for ours, theirs in zip(
        csv.reader(io.StringIO(plain, newline="")), csv.reader(io.StringIO(safe, newline="")), strict=True
    ):
        assert [cell.replace("'", "") for cell in ours] == [cell.replace("'", "") for cell in theirs]
        formulas += ours != theirs
        # However a spreadsheet parts them.
        cells = [part for cell in theirs for part in re.split("[;\t\n\r]", cell)]
        assert not [cell for cell in cells if cell[:1] and cell[0] in FORMULA_STARTS]
    assert formulas >= 5


def test_atom_is_xml_and_texts_are_texts(client: FlaskClient) -> None:
    page = client.get("/v1/changes.atom?since=0")
    root = ET.fromstring(page.get_data())  # noqa: S314 - our own
    names = {element.tag.partition("}")[2] for element in root.iter()}
    assert not names & {"script", "b"}
    assert "<script" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/", "/llms.txt", "/data.json", "/v1/accounts?q=<script>alert(1)</script>", "/nothing<script>"]
)
def test_pages_hold_no_markup_of_others(client: FlaskClient, path: str) -> None:
    for accept in ("text/html", "*/*"):
        answer = client.get(path, headers={"Accept": accept})
        if answer.mimetype in {"text/html", "text/plain", "text/markdown"}:
            assert "<script>alert" not in answer.get_data(as_text=True)
        assert "\x1b" not in answer.get_data(as_text=True)
