"""`directory dormancy`: the status of accounts by their last posts, in a revision, as time passes."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging

import psycopg
import pytest
from click.testing import CliRunner

from directory.cli import main
from directory.config import Config
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.quality.dormancy_rule import apply_rule
from directory.quality.queries.statuses import StatusChange
from directory.quality.schedule import apply_once
from tests.quality.conftest import ROWS, TODAY, load, observe


@pytest.fixture
def template(template_of_few_regions: str) -> str:
    """Return the template of these databases: `dormancy` changes every record."""
    return template_of_few_regions


def statuses(conn: psycopg.Connection) -> dict[str, str]:
    return dict(
        conn.execute("SELECT handle, status FROM accounts WHERE handle IN (%s, %s, %s, %s)", WATCHED).fetchall()
    )


WATCHED = ("police1", "police2", "police3", "lund")


def test_a_silence_that_somebody_saw_makes_accounts_dormant_and_a_post_active_again(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        load(conn)
        assert apply_rule(conn, day=TODAY.date(), days=14) != []
        # What has ended stays ended, and nobody has looked at Lund since its last post was fresh.
        assert statuses(conn) == {"police1": "active", "police2": "dormant", "police3": "closed", "lund": "unknown"}
        assert apply_rule(conn, day=TODAY.date(), days=14) == []
        before = conn.execute("SELECT max(revision) FROM revisions").fetchone()
        observe(conn, {"lund": (TODAY - dt.timedelta(days=300), 0)})
        assert apply_rule(conn, day=TODAY.date(), days=14) == [StatusChange("unknown", "dormant", 1)]
        assert statuses(conn)["lund"] == "dormant"
        after = conn.execute("SELECT max(revision) FROM revisions").fetchone()
        assert before is not None
        # Of the observation, and of the rule.
        assert after == (before[0] + 2,)
        # An import keeps to the rule, whatever the source says.
        lines = io.BytesIO((json.dumps({**ROWS[1], "status": "active", "name": "成都"}) + "\n").encode())
        import_files(conn, [lines], Options(actor="test", reason="test"))
        assert statuses(conn)["police2"] == "dormant"
        observe(conn, {"police2": (TODAY, 0)})
        apply_rule(conn, day=TODAY.date(), days=14)
        assert statuses(conn)["police2"] == "active"


def test_time_alone_ends_what_a_post_said_and_says_nothing_of_the_time_since(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        load(conn)
        apply_rule(conn, day=TODAY.date(), days=14)
        assert statuses(conn)["police1"] == "active"
        apply_rule(conn, day=TODAY.date() + dt.timedelta(days=30), days=14)
        assert statuses(conn)["police1"] == "unknown"


def test_a_dry_run_counts_and_writes_nothing(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        load(conn)
        before = statuses(conn)
        environ = {"DATABASE_URL": database_url}
        result = CliRunner().invoke(
            main, ["dormancy", "--days", "13", "--dry-run"], env=environ, catch_exceptions=False
        )
        assert "unknown → dormant: 2" in result.output
        assert "3 accounts would change, by a threshold of 13 days" in result.output
        assert statuses(conn) == before
        result = CliRunner().invoke(main, ["dormancy"], env=environ, catch_exceptions=False)
        assert "3 accounts changed, by a threshold of 14 days" in result.output
        assert statuses(conn) != before


def test_a_running_service_applies_the_rule_and_logs_what_changed(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        load(conn)
        with caplog.at_level(logging.INFO):
            assert apply_once(Config.from_environment({}), database_url)
        assert statuses(conn)["police2"] == "dormant"
        assert "accounts changed from unknown to dormant" in caplog.text
    assert not apply_once(Config.from_environment({}), "postgresql://127.0.0.1:1/nowhere")
