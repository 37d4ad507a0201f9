"""Imports by HTTP: sent, checked, read and applied with a token."""

import csv
import dataclasses
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from psycopg.sql import SQL, Identifier
from werkzeug.test import TestResponse

from directory.app import create_app
from directory.cli import main
from directory.config import Config
from directory.database.connections import Database
from directory.imports import routes

HEADER = "platform,handle,name,department,department_type,region\n"
CHENGDU = "x,chengdu,Chengdu,Chengdu Government,government,CN-510100\n"
PARIS = "x,paris,Paris,Ville de Paris,government,FR-75C\n"
ROWS = HEADER + CHENGDU + PARIS


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache")


@pytest.fixture
def client(database_url: str, config: Config) -> Iterator[FlaskClient]:
    database = Database(database_url, statement_timeout_ms=5000)
    yield create_app(config, database).test_client()
    database.close()


def make_token(url: str, *options: str, name: str = "Editor") -> dict[str, str]:
    """Return the headers of a new token."""
    arguments = ["token", "create", "--scope", "edit", "--name", name, *options]
    result = CliRunner().invoke(main, arguments, env={"DATABASE_URL": url}, catch_exceptions=False)
    return {"Authorization": f"Bearer {result.stdout.strip()}"}


@pytest.fixture
def editor(database_url: str) -> dict[str, str]:
    return make_token(database_url)


def send(
    client: FlaskClient,
    headers: dict[str, str],
    content: bytes | str = ROWS,
    query: str = "",
    media_type: str = "text/csv",
) -> Any:  # noqa: ANN401 - JSON
    """Return the answer to a file that was sent."""
    response = client.post(f"/v1/imports?source=s1{query}", data=content, content_type=media_type, headers=headers)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def test_a_file_is_sent_checked_read_applied_and_deleted(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None], database_url: str
) -> None:
    sent = send(client, editor, query="&name=cities.csv&reason=weekly")
    assert (sent["status"], sent["bytes"], sent["name"], sent["sent_by"]) == (
        "queued",
        len(ROWS),
        "cities.csv",
        "Editor",
    )
    url = f"/v1/imports/{sent['id']}"
    assert client.post(f"{url}/apply", headers=editor).get_json()["code"] == "import-not-checked"
    assert client.get(f"{url}/rows.csv", headers=editor).get_json()["code"] == "import-unread"
    run_jobs()
    checked = client.get(url, headers=editor).get_json()
    assert (checked["status"], checked["report"]["accounts"]["created"], checked["revision"]) == ("checked", 2, None)
    assert count(database_url, "accounts") == 0
    page = client.get(f"{url}/rows?limit=1", headers=editor).get_json()
    following = client.get(f"{url}/rows?limit=1&cursor={page['page']['next']}", headers=editor).get_json()
    assert [row["line"] for row in page["data"] + following["data"]] == [2, 3]
    assert following["page"]["next"] is None
    assert client.post(f"{url}/apply", headers=editor).get_json()["status"] == "applying"
    run_jobs()
    applied = client.get(url, headers=editor).get_json()
    assert (applied["status"], applied["applied_by"], count(database_url, "accounts")) == ("applied", "Editor", 2)
    with psycopg.connect(database_url) as conn:
        written = conn.execute("SELECT actor, reason FROM revisions WHERE revision = %s", (applied["revision"],))
        assert written.fetchone() == ("Editor", "weekly")
    assert client.post(f"{url}/apply", headers=editor).status_code == 409
    assert len(client.get("/v1/imports", headers=editor).get_json()["data"]) == 1
    assert client.delete(url, headers=editor).get_json()["id"] == sent["id"]
    assert client.get(url, headers=editor).status_code == 404
    assert (count(database_url, "import_chunks"), count(database_url, "accounts")) == (0, 2)


def test_the_csv_is_the_file_with_line_verdict_and_remedy_and_can_be_sent_again(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]
) -> None:
    text = (
        ROWS.replace("handle,", "handle,Bemerkung,", 1).replace("x,chengdu", "x,chengdu,=1").replace("x,paris", "x,,-")
    )
    sent = send(client, editor, text, "&map=Bemerkung=")
    run_jobs()
    url = f"/v1/imports/{sent['id']}/rows.csv"
    body = client.get(url, headers=editor).text
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(row["line"], row["verdict"], row["Bemerkung"]) for row in rows] == [
        ("2", "accepted", "=1"),
        ("3", "rejected", "-"),
    ]
    assert rows[0]["remedy"] == ""
    assert "handle" in rows[1]["remedy"]
    escaped = client.get(f"{url}?spreadsheet=true", headers=editor)
    assert escaped.data.startswith(b"\xef\xbb\xbf")
    assert "'=1" in escaped.text
    again = send(client, editor, body, "&skip_invalid=true")
    run_jobs()
    checked = client.get(f"/v1/imports/{again['id']}", headers=editor).get_json()
    assert (checked["status"], checked["report"]["accounts"]["created"]) == ("checked", 1)


def test_rows_of_json_are_one_cell(client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]) -> None:
    line = '{"platform": "x", "handle": "chengdu", "name": "Chengdu", "department": "D", "region": "CN-510100"}\n'
    sent = send(client, editor, line, media_type="application/x-ndjson")
    run_jobs()
    (row,) = csv.DictReader(io.StringIO(client.get(f"/v1/imports/{sent['id']}/rows.csv", headers=editor).text))
    assert (row["row"].strip(), row["line"], row["verdict"]) == (line.strip(), "1", "created")


def test_a_form_has_one_file_which_may_be_packed(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]
) -> None:
    def post(**members: Any) -> TestResponse:  # noqa: ANN401 - files and texts
        return client.post("/v1/imports?source=s1", data=members, content_type="multipart/form-data", headers=editor)

    name = "../../etc/成都.csv.gz"
    sent = post(file=(io.BytesIO(gzip.compress(ROWS.encode())), name)).get_json()
    run_jobs()
    checked = client.get(f"/v1/imports/{sent['id']}", headers=editor).get_json()
    assert (checked["status"], checked["name"]) == ("checked", name)
    assert post(file="text").status_code == 422
    assert post(file=(io.BytesIO(b"x"), "a.csv"), other="x").status_code == 422
    assert post(file=(io.BytesIO(b""), "a.csv")).status_code == 400


def test_what_is_no_file_writes_nothing(client: FlaskClient, editor: dict[str, str], database_url: str) -> None:
    url = "/v1/imports?source=s1"
    assert client.post(url, data=b"", content_type="text/csv", headers=editor).status_code == 400
    assert client.post(url, data=ROWS, content_type="image/png", headers=editor).status_code == 415
    assert (
        client.post(url, data=b"--x\r\n", content_type="multipart/form-data; boundary=x", headers=editor).status_code
        == 422
    )
    assert client.post("/v1/imports", data=ROWS, content_type="text/csv", headers=editor).status_code == 400
    for wrong in ("map=Agency", "map=A=x,A=y", "allow_withdrawals=101", "format=xml", "source=a%20%24"):
        assert client.post(f"{url}&{wrong}", data=ROWS, content_type="text/csv", headers=editor).status_code == 400
    short = client.post(
        url, data=ROWS, content_type="text/csv", headers=editor, environ_overrides={"CONTENT_LENGTH": "9999"}
    )
    assert short.status_code == 400
    assert count(database_url, "imports") == 0


def test_a_file_that_cannot_be_read_says_so_under_its_own_name(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]
) -> None:
    sent = send(client, editor, b"PK\x03\x04 no workbook", "&name=cities.xlsx")
    run_jobs()
    failed = client.get(f"/v1/imports/{sent['id']}", headers=editor).get_json()
    assert failed["status"] == "failed"
    assert failed["error"].startswith("cities.xlsx")


def test_headings_are_mapped_and_values_set(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]
) -> None:
    text = "Nutzer,Behoerde,region\nchengdu,Chengdu Government,CN-510100\n"
    sent = send(client, editor, text, "&map=Nutzer=handle,Behoerde=department&set=platform=x")
    run_jobs()
    checked = client.get(f"/v1/imports/{sent['id']}", headers=editor).get_json()
    assert (checked["status"], checked["options"]["constants"]) == ("checked", {"platform": "x"})
    assert checked["report"]["columns"] == {"Nutzer": "handle", "Behoerde": "department", "region": "region"}


def test_headings_that_were_found_by_themselves_are_shown(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None]
) -> None:
    text = "平台,账号,单位,地区,Bemerkung\nx,chengdu,成都市人民政府,CN-510100,-\n"
    sent = send(client, editor, text)
    run_jobs()
    columns = client.get(f"/v1/imports/{sent['id']}", headers=editor).get_json()["report"]["columns"]
    assert columns == {"平台": "platform", "账号": "handle", "单位": "department", "地区": "region", "Bemerkung": None}


def test_a_whole_list_withdraws_what_it_no_longer_has_up_to_a_share(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None], database_url: str
) -> None:
    first = send(client, editor)
    run_jobs()
    client.post(f"/v1/imports/{first['id']}/apply", headers=editor)
    run_jobs()
    before = count(database_url, "revisions")
    refused = send(client, editor, HEADER + CHENGDU, "&sync=true")
    taken = send(client, editor, HEADER + CHENGDU, "&sync=true&allow_withdrawals=60")
    run_jobs()
    refused, taken = (client.get(f"/v1/imports/{each['id']}", headers=editor).get_json() for each in (refused, taken))
    assert (refused["status"], taken["status"]) == ("refused", "checked")
    assert "50" in refused["error"]
    assert count(database_url, "revisions") == before


def test_a_narrowed_token_sees_its_own_imports_alone_and_writes_nothing_elsewhere(
    client: FlaskClient, editor: dict[str, str], run_jobs: Callable[[], None], database_url: str
) -> None:
    narrowed = make_token(database_url, "--region", "CN-510000")
    foreign, own = send(client, editor), send(client, narrowed)
    run_jobs()
    assert client.get(f"/v1/imports/{foreign['id']}", headers=narrowed).status_code == 404
    assert client.post(f"/v1/imports/{foreign['id']}/apply", headers=narrowed).status_code == 404
    assert client.delete(f"/v1/imports/{foreign['id']}", headers=narrowed).status_code == 404
    assert [each["id"] for each in client.get("/v1/imports", headers=narrowed).get_json()["data"]] == [own["id"]]
    assert client.get(f"/v1/imports/{own['id']}", headers=narrowed).get_json()["status"] == "refused"
    (row,) = client.get(f"/v1/imports/{own['id']}/rows?verdict=rejected", headers=narrowed).get_json()["data"]
    assert (row["line"], row["errors"][0]["code"]) == (3, "outside-places")


def test_with_four_eyes_somebody_else_applies(database_url: str, config: Config, run_jobs: Callable[[], None]) -> None:
    database = Database(database_url, statement_timeout_ms=5000)
    try:
        client = create_app(dataclasses.replace(config, four_eyes="on"), database).test_client()
        editor, chief = make_token(database_url), make_token(database_url, name="Chief")
        sent = send(client, editor)
        run_jobs()
        own = client.post(f"/v1/imports/{sent['id']}/apply", headers=editor)
        assert (own.status_code, own.get_json()["code"]) == (409, "own-import")
        assert client.post(f"/v1/imports/{sent['id']}/apply", headers=chief).get_json()["applied_by"] == "Chief"
    finally:
        database.close()


def test_a_token_stores_so_many_imports_at_most(
    client: FlaskClient, editor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "STORED_MAX", 1)
    send(client, editor)
    response = client.post("/v1/imports?source=s1", data=ROWS, content_type="text/csv", headers=editor)
    assert (response.status_code, response.get_json()["code"]) == (409, "too-many-imports")
