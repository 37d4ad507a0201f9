"""The reports on quality, as pages of JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from directory.followers.reading import read_blocks
from directory.followers.recording import RecordOptions, record_observations
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.quality import schemas
from tests.quality.conftest import TODAY
from tests.serving import client_of, walk

SCHEMAS: dict[str, type[Schema]] = {
    "dormancy": schemas.DormancyListSchema,
    "dormancy/accounts": schemas.DormantAccountListSchema,
    "duplicates": schemas.DuplicateListSchema,
    "names": schemas.NameConflictListSchema,
    "names?kind=shared_name": schemas.NameConflictListSchema,
    "closed-platforms": schemas.ClosedPlatformListSchema,
    "verification": schemas.UnprovenListSchema,
    "freshness": schemas.SourceFreshnessListSchema,
    "freshness/observations": schemas.CountFreshnessListSchema,
}


def report(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    return walk(client, f"/v1/reports/{path}")


def counts(row: dict[str, Any]) -> tuple[int, ...]:
    return row["accounts"], row["active"], row["dormant"], row["unconfirmed"], row["unknown"]


def test_what_is_not_known_is_neither_active_nor_dormant_and_what_has_ended_does_not_count(client: FlaskClient) -> None:
    (row,) = report(client, "dormancy?by=none")
    # A post of 14 days ago is not older than 14 days; of Lund nobody has looked since.
    assert counts(row) == (7, 2, 2, 1, 3)
    assert row["share"] == 0.5
    (row,) = report(client, "dormancy?by=none&days=13")
    assert counts(row) == (7, 1, 3, 1, 3)
    response = client.get("/v1/reports/dormancy?days=13")
    assert response.get_json()["page"] == {"limit": 100, "next": None, "day": TODAY.date().isoformat(), "days": 13}


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("by=region", {"CN": (5, 2, 1, 0, 2), "SE": (2, 0, 1, 1, 1)}),
        ("by=region&region=CN-510000", {"CN-510100": (5, 2, 1, 0, 2)}),
        (
            "by=platform&region=CN",
            {"douyin": (1, 0, 0, 0, 1), "google-plus": (1, 0, 0, 0, 1), "weibo": (3, 2, 1, 0, 0)},
        ),
        ("by=department_type&department_type=police", {"police": (3, 1, 1, 0, 1)}),
        ("by=region&subject=person", {"SE": (1, 0, 0, 0, 1)}),
    ],
)
def test_silence_is_counted_by_any_dimension_within_any_filter(
    client: FlaskClient, query: str, rows: dict[str, tuple[int, ...]]
) -> None:
    assert {row["value"]: counts(row) for row in report(client, f"dormancy?{query}&limit=1")} == rows


def test_silent_accounts_are_listed_the_longest_silent_first(client: FlaskClient) -> None:
    rows = report(client, "dormancy/accounts?limit=1")
    assert [(row["handle"], row["days"]) for row in rows] == [("lund", 300), ("police2", 15)]
    assert rows[1]["region"] == {"code": "CN-510100", "name": "Chengdu", "name_local": "成都市"}


def test_a_department_has_one_account_of_its_own_on_a_platform(client: FlaskClient) -> None:
    (row,) = report(client, "duplicates")
    assert (row["department"]["name"], row["platform"], row["count"]) == ("成都市公安局", "weibo", 2)
    assert {each["handle"] for each in row["accounts"]} == {"police1", "police2"}
    assert client.get(row["links"]["accounts"]).status_code == 200
    assert report(client, "duplicates?region=SE") == []


def test_names_contradict_within_a_department_and_between_departments(client: FlaskClient) -> None:
    rows = report(client, "names?limit=1")
    assert sorted(row["names"] for row in rows) == [["健康成都", "平安成都"], ["平安成都", "成都警方"]]
    (row,) = report(client, "names?kind=shared_name")
    assert (row["names"], row["count"], row["region"]["code"]) == (["平安成都"], 3, "CN-510100")


def test_an_account_is_listed_that_has_not_ended_although_its_platform_has(client: FlaskClient) -> None:
    (row,) = report(client, "closed-platforms")
    assert (row["platform"], row["status"], row["platform_closed_on"]) == ("google-plus", "active", "2019-04-02")


def test_missing_and_expired_proofs_are_listed(client: FlaskClient, module_database_url: str) -> None:
    assert report(client, "verification") == []
    with psycopg.connect(module_database_url) as conn:
        conn.execute("SELECT begin_revision('test', 'test', NULL)")
        conn.execute(
            """
            UPDATE accounts SET verification = CASE handle WHEN 'lund' THEN 'none' ELSE 'registry' END,
                   verification_expires_at = CASE handle WHEN 'police1' THEN now() - interval '1 day'
                                                         WHEN 'police2' THEN now() + interval '9 days' END
             WHERE handle IN ('lund', 'police1', 'police2', 'police3')
            """
        )
    problems = {row["handle"]: row["problem"] for row in report(client, "verification?limit=1&days=30")}
    assert problems == {"lund": "missing", "police1": "expired", "police2": "expiring"}
    assert {row["handle"] for row in report(client, "verification")} == {"lund", "police1"}


def test_sources_and_counts_have_their_age(client: FlaskClient) -> None:
    row = next(row for row in report(client, "freshness") if row["source"] == "test")
    assert (row["accounts"], row["days"], row["counts"]["accounts"]) == (8, 0, 5)
    rows = {row["platform"]: row for row in report(client, "freshness/observations")}
    assert (rows["weibo"]["accounts"], rows["weibo"]["never"]) == (3, 0)
    assert rows["x"]["within"] == {"day": 0, "week": 0, "month": 0, "year": 1}
    assert rows["douyin"]["never"] == 1


def test_each_source_of_a_revision_of_several_is_fresh(database_url: str, tmp_path: Path) -> None:
    files = [
        {"platform": "weibo", "handle": handle, "name": handle, "source": source}
        for handle, source in (("one", "listed1"), ("two", "listed2"))
    ]
    rows = [
        {"platform": "weibo", "handle": "one", "observed_at": "2024-07-01", "source": source, "followers": 1}
        for source in ("seen1", "seen2")
    ]
    with psycopg.connect(database_url, autocommit=True) as conn:
        import_files(conn, [lines_of(files)], Options(actor="test", reason="test"))
        record_observations(conn, read_blocks(lines_of(rows)), RecordOptions())
    with client_of(database_url, tmp_path) as client:
        ages = {row["source"]: row["days"] for row in report(client, "freshness") if row["days"] is not None}
    assert ages == dict.fromkeys(("listed1", "listed2", "seen1", "seen2"), 0)


def lines_of(rows: Iterable[Mapping[str, object]]) -> io.BytesIO:
    """Return rows as NDJSON."""
    return io.BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode())


@pytest.mark.parametrize("path", SCHEMAS)
def test_a_report_has_its_public_shape_and_the_same_rows_as_csv(client: FlaskClient, path: str) -> None:
    response = client.get(f"/v1/reports/{path}")
    page = response.get_json()
    assert SCHEMAS[path]().validate(page) == {}
    again = client.get(f"/v1/reports/{path}", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    name, _, query = path.partition("?")
    response = client.get(f"/v1/reports/{name}.csv?{query}")
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert len(rows) == len(page["data"])
    for row, record in zip(rows, page["data"], strict=True):
        assert {column.partition(".")[0] for column in row} == set(record)
        for column, cell in row.items():
            if "." not in column and not isinstance(record[column], list | dict):
                assert cell == ("" if record[column] is None else str(record[column]))


def test_a_spreadsheet_takes_no_name_for_a_formula(client: FlaskClient) -> None:
    text = client.get("/v1/reports/names.csv?spreadsheet=true").get_data(as_text=True)
    assert text.startswith("\N{BYTE ORDER MARK}kind,department.id,")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("dormancy?days=0", "days"),
        ("dormancy?by=tag", "by"),
        ("names?q=x", "q"),
        ("duplicates?platform=weebo", "platform"),
    ],
)
def test_what_a_report_does_not_take_is_refused(client: FlaskClient, path: str, parameter: str) -> None:
    response = client.get(f"/v1/reports/{path}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.get_json()["errors"]] == [parameter]
