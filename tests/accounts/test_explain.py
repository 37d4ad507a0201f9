import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from directory.accounts.commands import record_statements, run_explain
from directory.accounts.explain import RecordingDatabase, Statement
from directory.app import create_app
from directory.cli import main
from directory.config import Config
from tests.accounts.conftest import Registry

Recorded = tuple[RecordingDatabase, FlaskClient]


@pytest.fixture(scope="module")
def recorded(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Yield a database that records, and a client of an application on it."""
    folder: Path = tmp_path_factory.mktemp("explained")
    with closing(RecordingDatabase(registry.url, statement_timeout_ms=10_000)) as database:
        yield (
            database,
            create_app(Config(data_dir=folder, download_cache_dir=folder / "downloads"), database).test_client(),
        )


@pytest.mark.parametrize(
    "query",
    [
        "region=CN-510000&platform=weibo&sort=-followers",
        "region=-CN&tag=traffic|roads,a\\b&fields=id,name",
        "opened_after=2012-01-01&updated_after=2020-01-01T00:00:00Z&language=-en",
        "q=nasa",
        "q=成都&language=zh&limit=5",
        "q=nasa&sort=-followers",
        "as_of=3&sort=-updated_at",
    ],
)
def test_the_statement_of_a_page_can_be_run_as_it_is_printed(
    recorded: Recorded, registry: Registry, query: str
) -> None:
    database, client = recorded
    statements = record_statements(database, client.get, f"/v1/accounts?{query}")
    body = client.get(f"/v1/accounts?{query}").get_json()
    with psycopg.connect(registry.url, options="-c timezone=UTC") as conn:
        rows = conn.execute(statements[-1].literal_sql().encode()).fetchall()
    assert [json.loads(row[0]) for row in rows if row[0] is not None][: body["page"]["limit"]] == body["data"] != []


def test_each_statement_is_printed_with_its_plan(recorded: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    database, client = recorded
    run_explain(database, client.get, "/v1/accounts?region=FR&count=estimated&followers_min=7&limit=3")
    output = capsys.readouterr().out
    assert output.startswith("-- statement 1 of 2\nSELECT accounts.document, (accounts.id)::text\n  FROM ")
    assert "\n LIMIT 4;\n\n-- Limit " in output
    assert "\n-- statement 2 of 2\nEXPLAIN (FORMAT JSON)\n" in output
    assert "actual time" not in output


def test_a_statement_is_run_only_where_that_is_asked_for(
    recorded: Recorded, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    database, client = recorded
    account_id = registry.documents[0]["id"]
    run_explain(database, client.get, f"https://directory.example/v1/accounts/{account_id}", analyze=True)
    output = capsys.readouterr().out
    assert f"WHERE id = '{account_id}';" in output
    assert "actual time" in output
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        database.explain(Statement("UPDATE accounts SET name = name", {}), analyze=True)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/v1/accounts?platform=weib", "did you mean weibo"),
        ("/v1/accounts?regoin=FR", "did you mean region"),
        ("/v1/accounts/0000000", "No account has the id"),
        ("/v1/platforms", "/v1/platforms cannot be explained"),
        ("/v1/accounts.csv", "/v1/accounts.csv cannot be explained"),
        ("region=FR", "region=FR cannot be explained"),
        ("", "cannot be explained"),
    ],
)
def test_a_url_that_cannot_be_explained_is_an_error_that_says_why(recorded: Recorded, url: str, message: str) -> None:
    database, client = recorded
    with pytest.raises(click.ClickException, match=message):
        run_explain(database, client.get, url)


def test_the_command_explains_a_url(registry: Registry, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": registry.url, "DIRECTORY_DATA_DIR": str(tmp_path)}
    result = CliRunner(env=environ).invoke(main, ["explain", "/v1/accounts?q=成都"])
    assert result.exit_code == 0, result.output
    assert "FROM search_page(" in result.stdout
