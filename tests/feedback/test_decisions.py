"""Decisions: steps between states, by the operator's commands, and the end of private data."""

import itertools
from collections.abc import Callable

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from psycopg.errors import CheckViolation

from directory.cli import main
from directory.config import Config
from directory.database.migrations import downgrade, migrate
from directory.feedback.queries import erase_expired
from directory.feedback.states import STATES, explain_step
from tests.feedback.conftest import Send

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, config: Config) -> Run:
    """Return a function that runs `directory feedback`."""
    environ = {"DATABASE_URL": database_url, "DIRECTORY_DATA_DIR": str(config.data_dir)}
    return lambda *words: CliRunner().invoke(main, ["feedback", *words], env=environ)


def test_a_report_is_reviewed_decided_and_reopened_in_public(
    client: FlaskClient, run: Run, account_id: str, send: Send
) -> None:
    report = send(kind="closed", account=account_id).get_json()["id"]
    other = send(kind="closed", account=account_id).get_json()["id"]
    assert "can become under_review, not accepted" in run("decide", report, "accepted", "--reason", "y").output
    assert run("decide", report, "under_review").exit_code == 0
    assert "needs a reason" in run("decide", report, "accepted").output
    assert "There is no revision 999" in run("decide", report, "accepted", "--reason", "y", "--revision", "999").output
    words = ("--reason", "Confirmed.", "--summary", "It is closed.", "--revision", "2")
    assert run("decide", report, "accepted", *words).exit_code == 0
    found = client.get(f"/v1/feedback/{report}").get_json()
    assert (found["state"], found["summary"]) == ("accepted", "It is closed.")
    assert (found["decision"]["reason"], found["decision"]["revision"]) == ("Confirmed.", 2)
    assert len(found["decision"]["mark"]) == 12
    assert [step["after"] for step in found["history"]] == ["under_review", "accepted"]
    assert client.get("/v1/feedback/statistics").get_json()["data"][0]["median_hours"] == 0
    assert run("decide", other, "under_review").exit_code == 0
    assert "names the report" in run("decide", other, "duplicate", "--reason", "y").output
    assert "is no other report" in run("decide", other, "duplicate", "--reason", "y", "--duplicate-of", other).output
    assert run("decide", other, "duplicate", "--reason", "Twice.", "--duplicate-of", report).exit_code == 0
    assert client.get(f"/v1/feedback/{other}").get_json()["decision"]["duplicate_of"] == report
    assert run("decide", report, "under_review", "--reason", "A mistake.").exit_code == 0
    assert client.get(f"/v1/feedback/{report}").get_json()["decision"] is None
    assert run("decide", "0000000", "under_review").exit_code == 1


def test_the_database_refuses_the_same_steps_as_the_program(conn: psycopg.Connection) -> None:
    row = conn.execute(
        "INSERT INTO feedback (kind, text, key_digest) VALUES ('other', 'x', %s) RETURNING id", (b"k" * 32,)
    ).fetchone()
    assert row is not None
    insert = "INSERT INTO feedback_events (feedback_id, number, before, after, actor) VALUES (%s, %s, %s, %s, 'test')"
    for number, (before, after) in enumerate(itertools.product(STATES, STATES), start=1):
        if explain_step(before, after) is None:
            conn.execute(insert, (row[0], number, before, after))
        else:
            with pytest.raises(CheckViolation), conn.transaction():
                conn.execute(insert, (row[0], number, before, after))


def test_the_operator_reads_the_address_and_erases_it(run: Run, send: Send) -> None:
    report = send(text="hello", email="ana@example.org").get_json()["id"]
    shown = run("show", report).output
    assert "text: hello" in shown
    assert "email: ana@example.org" in shown
    assert report in run("list", "--state", "received").output
    assert run("erase", report).exit_code == 0
    assert "ana@example.org" not in run("show", report).output


def test_what_was_sent_is_erased_when_its_time_is_over(run: Run, send: Send, database_url: str) -> None:
    old, young = (send(text="x", email="ana@example.org").get_json()["id"] for _ in range(2))
    with psycopg.connect(database_url) as conn:
        conn.execute("UPDATE feedback SET changed_at = now() - interval '366 days' WHERE id = %s", (old,))
        conn.commit()
        assert erase_expired(conn, decided_days=90, undecided_days=400, limit=9) == 0
    assert "of 1 reports" in run("prune").output
    assert "erased on" in run("show", old).output
    assert "erased on" not in run("show", young).output


def test_the_schema_goes_down_and_up_with_reports_in_it(
    database_url: str, account_id: str, run: Run, send: Send
) -> None:
    report = send(account=account_id, email="ana@example.org").get_json()["id"]
    run("decide", report, "under_review")
    downgrade(database_url, "0052")
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM feedback").fetchone() == (0,)
