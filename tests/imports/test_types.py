"""A body that is not named can have a type: the account's JSON and all that follows it say so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from directory.database.migrations import downgrade, migrate
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.imports.report import Report
from tests.imports.conftest import ndjson
from tests.serving import client_of

Load = Callable[..., Report]
Accounts = Callable[[], list[dict[str, Any]]]

ROW = {"platform": "x", "handle": "police", "source": "list", "department_type": "police"}
UNNAMED = {"id": None, "name": None, "type": "police"}


def test_a_type_without_a_department_is_the_accounts_own(load: Load, accounts: Accounts) -> None:
    load([ROW])
    assert accounts()[0]["department"] == UNNAMED
    assert load([ROW]).revision is None
    # What another source leaves unsaid takes nothing away.
    load([{**ROW, "department_type": None, "source": "other", "name": "Police"}])
    assert accounts()[0]["department"] == UNNAMED
    report = load([{**ROW, "department_type": "health"}], dry_run=True)
    assert report.differences[0].fields == {"department_type": ("police", "health")}
    report = load([{**ROW, "department_type": "health"}])
    assert (report.updated, accounts()[0]["department"]) == (1, {**UNNAMED, "type": "health"})
    load([{**ROW, "department_type": None}])
    assert accounts()[0]["department"] is None


def test_a_department_that_is_named_has_its_own_type(load: Load, accounts: Accounts) -> None:
    load([ROW])
    load([{"platform": "x", "handle": "police", "source": "list", "department": "Office", "region": "US"}])
    department = accounts()[0]["department"]
    assert (department["name"], department["type"]) == ("Office", "police")
    # The type of a department goes with it.
    load([{"platform": "x", "handle": "police", "source": "list", "department": None}])
    assert accounts()[0]["department"] is None


def test_another_department_has_not_the_type_of_the_one_before(load: Load, accounts: Accounts) -> None:
    load([{**ROW, "department": "Police", "region": "US"}])
    load([{"platform": "x", "handle": "police", "source": "list", "department": "Ministry"}])
    assert accounts()[0]["department"]["type"] == "other"


def test_filters_facets_history_and_the_time_before_follow_the_json(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        for row in (ROW, {**ROW, "department_type": "health"}):
            import_files(conn, [ndjson([row])], Options(actor="test", reason="test"))
        (revision,) = conn.execute("SELECT max(revision) FROM revisions").fetchone() or (0,)
    with client_of(database_url, tmp_path) as client:
        found = client.get("/v1/accounts?department_type=health&facets=department_type&count=exact").get_json()
        assert [account["department"] for account in found["data"]] == [{**UNNAMED, "type": "health"}]
        assert found["facets"]["department_type"] == [{"value": "health", "count": 1}]
        assert client.get("/v1/accounts?department_type=police").get_json()["data"] == []
        before = f"/v1/accounts?department_type=police&as_of={revision - 1}"
        assert client.get(before).get_json()["data"][0]["department"] == UNNAMED
        for as_of, kind in (("", "health"), (f"?as_of={revision - 1}", "police")):
            lines = client.get(f"/v1/accounts.csv{as_of}").get_data(as_text=True).splitlines()
            cells = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
            assert [cells[f"department.{key}"] for key in UNNAMED] == ["", "", kind]
        history = client.get(found["data"][0]["links"]["history"]).get_json()
        assert [(told["field"], told["old"], told["new"]) for told in history["data"][0]["changes"]] == [
            ("department.type", "police", "health")
        ]


def test_accounts_from_before_get_the_type_that_their_source_stated(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        import_files(conn, [ndjson([ROW, {"platform": "x", "handle": "nasa"}])], Options(actor="test", reason="test"))
    states = []
    for to in ("0016", "head"):
        (downgrade if to == "0016" else migrate)(database_url, to)
        with psycopg.connect(database_url) as conn:
            rows = conn.execute("SELECT document, department_type FROM accounts ORDER BY handle").fetchall()
            (latest,) = conn.execute(
                "SELECT record FROM versions ORDER BY revision DESC, sequence DESC LIMIT 1"
            ).fetchone() or ("",)
            states.append(
                ([(json.loads(text)["department"], kind) for text, kind in rows], json.loads(latest)["department"])
            )
    assert states == [([(None, None), (None, None)], None), ([(None, None), (UNNAMED, "police")], UNNAMED)]
