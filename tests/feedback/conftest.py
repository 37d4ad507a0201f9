import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import altcha
import psycopg
import pytest
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.feedback import challenges
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account

Send = Callable[..., Any]


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return a template with few regions: nothing here depends on the others."""
    return template_of_few_regions


@pytest.fixture(autouse=True)
def _easy_challenges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make challenges that are solved at once."""
    monkeypatch.setattr(challenges, "STEPS", range(1, 3))
    monkeypatch.setattr(challenges, "COST", 10)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return settings whose files are the test's own."""
    return dataclasses.replace(
        Config.from_environment({}),
        data_dir=tmp_path,
        download_cache_dir=tmp_path / "download-cache",
        trusted_proxies=1,
    )


@pytest.fixture
def client(database_url: str, config: Config) -> Iterator[FlaskClient]:
    """Yield a client of an application on a registry of the test's own."""
    database = Database(database_url, statement_timeout_ms=5000)
    yield create_app(config, database).test_client()
    database.close()


@pytest.fixture
def account_id(database_url: str) -> str:
    """Return the id of an account in Beijing."""
    with psycopg.connect(database_url) as conn:
        begin_revision(conn, actor="test", reason="accounts")
        insert_account(conn, 0, {"name": "北京急救中心", "region_code": "CN-110000"})
        index_pending(conn)
        row = conn.execute("SELECT id FROM accounts").fetchone()
    assert row is not None
    return str(row[0])


def solve(client: FlaskClient) -> str:
    """Return the solution of a new challenge."""
    challenge = altcha.Challenge.from_dict(client.get("/v1/feedback/challenge").get_json())
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Return a function that sends a report with a solution of its own, from an address."""

    def send_report(address: str = "198.51.100.1", **members: str) -> Any:  # noqa: ANN401 - werkzeug's TestResponse
        report = {"kind": "other", "text": "x", "altcha": solve(client)} | members
        return client.post("/v1/feedback", json=report, headers={"X-Forwarded-For": address})

    return send_report
