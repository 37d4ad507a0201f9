import datetime as dt
import json
from pathlib import Path

import psycopg

from directory.overview.schemas import OverviewSchema
from directory.revisions import begin
from tests.serving import client_of


def test_the_overview_says_what_the_registry_holds_and_since_when(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        with conn.transaction():
            revision = begin(conn, actor="test", reason="test")
            conn.execute("INSERT INTO accounts (platform, handle, handle_key) VALUES ('x', 'h', 'h')")
        latest = conn.execute("SELECT at FROM revisions ORDER BY revision DESC LIMIT 1").fetchone()
    with client_of(database_url, tmp_path) as client:
        response = client.get("/v1")
        body = response.get_json()
        assert OverviewSchema().validate(body) == {}
        assert list(body) == list(OverviewSchema().fields)
        assert body["revision"] == revision
        assert latest is not None
        assert dt.datetime.fromisoformat(body["updated_at"]) == latest[0]
        assert body["counts"]["accounts"] == 1
        assert body["counts"]["regions"] > 8000
        assert body["counts"]["platforms"] >= 40
        assert response.get_data(as_text=True) == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        for name, link in body["links"].items():
            assert client.get(link).status_code == 200, name
