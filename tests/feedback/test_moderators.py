"""Moderators: the queue in the places of their tokens, and decisions by HTTP."""

from typing import Any

import psycopg
from click.testing import CliRunner
from flask.testing import FlaskClient

from directory.cli import main
from directory.database.revisions import begin_revision
from directory.feedback.schemas import QueueSchema, TrackedFeedbackSchema
from tests.feedback.conftest import Send


def make_token(url: str, *options: str) -> dict[str, str]:
    """Return the headers of a moderator."""
    words = ["token", "create", "--name", "Desk", "--scope", "moderate", *options]
    result = CliRunner().invoke(main, words, env={"DATABASE_URL": url}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return {"Authorization": f"Bearer {result.stdout.strip()}"}


def test_a_moderator_sees_and_decides_what_is_in_their_place_today(
    client: FlaskClient, database_url: str, account_id: str, send: Send
) -> None:
    report = send(kind="closed", account=account_id, text="words").get_json()["id"]
    placeless = send(text="somewhere").get_json()["id"]
    beijing, sichuan = (make_token(database_url, "--region", code) for code in ("CN-110000", "CN-510000"))
    everywhere = make_token(database_url)

    def queue(headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
        answer = client.get(f"/v1/feedback/queue{query}", headers=headers)
        assert QueueSchema().validate(answer.get_json()) == {}
        assert answer.headers["Cache-Control"] == "no-store"
        rows: list[dict[str, Any]] = answer.get_json()["data"]
        return rows

    assert [(row["id"], row["text"]) for row in queue(beijing)] == [(report, "words")]
    assert [row["id"] for row in queue(everywhere)] == [report, placeless]
    assert queue(sichuan) == queue(everywhere, "?state=accepted") == []
    assert [row["id"] for row in queue(everywhere, "?region=CN&kind=closed")] == [report]
    step = {"state": "under_review"}
    path = f"/v1/feedback/{report}/decision"
    assert client.post(path, json=step, headers=sichuan).status_code == 403
    taken = client.post(path, json=step, headers=beijing)
    assert TrackedFeedbackSchema().validate(taken.get_json()) == {}
    again = client.post(path, json=step, headers=beijing)
    assert (again.status_code, again.get_json()["code"]) == (409, "feedback-state")
    assert client.post(path, json={"state": "accepted"}, headers=beijing).status_code == 422
    with psycopg.connect(database_url) as conn:
        begin_revision(conn, actor="test", reason="moved")
        conn.execute("UPDATE accounts SET region_code = 'CN-510000' WHERE id = %s", (account_id,))
    assert queue(beijing) == []
    decision = {"state": "accepted", "reason": "Moved.", "revision": "2"}
    assert client.post(path, json=decision, headers=beijing).status_code == 403
    assert client.post(path, json=decision, headers=sichuan).get_json()["decision"]["revision"] == 2
    assert client.post("/v1/feedback/0000000/decision", json=step, headers=beijing).status_code == 404
