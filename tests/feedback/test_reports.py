"""Reports that anybody sends: what they cost, what is stored of them, and what the public sees."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.config import Config
from directory.feedback import challenges, limits
from directory.feedback.schemas import (
    FeedbackListSchema,
    FeedbackStatisticsSchema,
    PrivateFeedbackSchema,
    ReceiptSchema,
    TrackedFeedbackSchema,
)
from tests.feedback.conftest import Send, solve


def stored(url: str) -> list[tuple[Any, ...]]:
    """Return all that is stored of what reporters sent."""
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT url, text, email, key_digest FROM feedback ORDER BY received_at").fetchall()


def test_a_report_is_public_without_the_words_and_the_address_of_its_sender(
    client: FlaskClient, database_url: str, account_id: str, send: Send
) -> None:
    words = "账号\n已停用 ‘ab’"
    receipt = send(kind="closed", account=account_id, text=words, url="https://x.test/a", email="ana@example.org")
    assert receipt.status_code == 200, receipt.get_json()
    assert ReceiptSchema().validate(receipt.get_json()) == {}
    found = receipt.get_json()
    assert receipt.headers["Cache-Control"] == "no-store"
    listed = client.get("/v1/feedback")
    assert FeedbackListSchema().validate(listed.get_json()) == {}
    one = client.get(f"/v1/feedback/{found['id']}")
    assert TrackedFeedbackSchema().validate(one.get_json()) == {}
    assert (one.get_json()["account"], one.get_json()["state"]) == (account_id, "received")
    for answer in (listed, one):
        assert not any(part in answer.get_data(as_text=True) for part in ("停用", "x.test", "example.org"))
    ((_url, text, email, digest),) = stored(database_url)
    assert text == words
    assert b"example.org" not in bytes(email)
    assert found["key"].encode() not in bytes(digest)
    assert client.get(f"/v1/feedback/{found['id']}", headers={"If-None-Match": one.headers["ETag"]}).status_code == 304
    assert client.get("/v1/feedback/0000000").status_code == 404


def test_with_the_key_a_reporter_reads_and_erases_what_was_sent(
    client: FlaskClient, database_url: str, send: Send
) -> None:
    receipt = send(text="mine", email="ana@example.org").get_json()
    path = f"/v1/feedback/{receipt['id']}"
    assert client.post(f"{path}/submission", json={"key": "k" * 43}).status_code == 404
    assert client.post(f"{path}/erasure", json={"key": "k" * 43}).status_code == 404
    mine = client.post(f"{path}/submission", json={"key": receipt["key"]}).get_json()
    assert PrivateFeedbackSchema().validate(mine) == {}
    assert (mine["text"], mine["has_email"], mine["is_erased"]) == ("mine", True, False)
    for _ in range(2):
        erased = client.post(f"{path}/erasure", json={"key": receipt["key"]}).get_json()
        assert (erased["text"], erased["has_email"], erased["is_erased"]) == (None, False, True)
    assert stored(database_url)[0][:3] == (None, None, None)


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"kind": "spam"}, "/kind"),
        ({"account": "0000001"}, "/account"),
        ({"region": "ZZ"}, "/region"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"email": "nobody"}, "/email"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "a\ud800"}, "/text"),
        ({"text": "a\0"}, "/text"),
        ({"website": "https://spam.test"}, "/website"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(send: Send, members: dict[str, str], pointer: str) -> None:
    refused = send(**members)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.get_json()["errors"]] == [pointer]


def test_a_report_about_nothing_and_a_body_that_is_no_object_are_refused(client: FlaskClient) -> None:
    bodies: tuple[Any, ...] = ({"text": "x"}, [], "x", {"kind": 5, "text": "x"})
    for body in bodies:
        assert client.post("/v1/feedback", json=body).status_code == 422
    nothing = client.post("/v1/feedback", json={"kind": "other", "altcha": solve(client)})
    assert (nothing.status_code, nothing.get_json()["errors"][0]["pointer"]) == (422, "")
    twice = client.post("/v1/feedback", data='{"kind":"other","kind":"fake"}', content_type="application/json")
    assert twice.status_code == 400
    assert client.post("/v1/feedback", data="kind=other").status_code == 415


def test_each_report_needs_a_solution_of_its_own(
    client: FlaskClient, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {"kind": "other", "text": "x"}

    def code(**members: str) -> str:
        refused = client.post("/v1/feedback", json=report | members)
        assert refused.status_code == 403, refused.get_json()
        return str(refused.get_json()["code"])

    assert code() == "missing"
    for wrong in ("eyJ9", "e30=", "bnVsbA==", "eyJjaGFsbGVuZ2UiOiB7InBhcmFtZXRlcnMiOiA1fX0="):
        assert code(altcha=wrong) == "invalid"
    solution = solve(client)
    assert send(altcha=solution).status_code == 200
    assert code(altcha=solution) == "used"
    monkeypatch.setattr(challenges, "CHALLENGE_SECONDS", -5)
    assert code(altcha=solve(client)) == "expired"


def test_of_reports_sent_at_once_with_one_solution_one_is_taken(
    client: FlaskClient, send: Send, database_url: str
) -> None:
    solution = solve(client)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: send(altcha=solution).status_code, range(4)))
    assert sorted(statuses) == [200, 403, 403, 403]
    assert len(stored(database_url)) == 1


def test_a_ticket_counts_after_a_while_once_and_unless_it_was_changed(
    client: FlaskClient, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = challenges.challenge_key(config)
    ticket = challenges.make_ticket(key)

    def send_ticket(text: str) -> tuple[int, str | None]:
        answer = client.post("/v1/feedback", json={"kind": "other", "text": "x", "ticket": text})
        return answer.status_code, answer.get_json().get("code")

    assert send_ticket(ticket) == (403, "too-early")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + challenges.TICKET_DELAY)
    assert send_ticket("1" + ticket[1:-1] + ("0" if ticket[-1] != "0" else "1")) == (403, "invalid")
    assert send_ticket(ticket)[0] == 200
    assert send_ticket(ticket) == (403, "used")
    monkeypatch.setattr(time, "time", lambda: now + challenges.TICKET_SECONDS + 5)
    assert send_ticket(ticket) == (403, "expired")


def test_a_client_that_sends_many_reports_has_to_wait_and_others_do_not(
    send: Send, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_OF_ONE", 2)
    monkeypatch.setattr(limits, "_OF_ALL", 4)
    # One subscriber of IPv6; the port and what the client wrote itself do not count.
    addresses = ["2001:db8::1", "[2001:db8::2]:443", "192.0.2.7, 2001:db8::3"]
    assert [send(address).status_code for address in addresses] == [200, 200, 429]
    assert send("2001:db8::1").headers["Retry-After"] == "3600"
    assert [send(address).status_code for address in ("192.0.2.7:80", "192.0.2.8", "192.0.2.9")] == [200, 200, 429]
    assert len(stored(database_url)) == 4
    with psycopg.connect(database_url) as conn:
        rows = conn.execute("SELECT key FROM feedback_limits").fetchall()
    assert len(rows) == 4
    assert not any(b"2001" in bytes(key) for (key,) in rows)


def test_reports_are_found_by_filters_and_words_and_page_by_page(
    client: FlaskClient, database_url: str, account_id: str, send: Send
) -> None:
    ids = [
        send(kind="closed", account=account_id).get_json()["id"],
        send(kind="fake", region="CN-510000").get_json()["id"],
        send(kind="other").get_json()["id"],
    ]
    with psycopg.connect(database_url) as conn:
        conn.execute("UPDATE feedback SET summary = 'A Fake of the mayor' WHERE id = %s", (ids[1],))

    def find(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"/v1/feedback?{query}").get_json()["data"]]

    assert find("") == ids[::-1]
    assert find("kind=closed,fake") == [ids[1], ids[0]]
    assert find("region=CN") == [ids[1], ids[0]]
    assert find("region=CN-510000") == find("q=of the MAYOR") == [ids[1]]
    assert find("q=急救") == find(f"account={account_id}") == find(f"q={ids[0]}") == [ids[0]]
    assert find("state=accepted") == []
    page = client.get("/v1/feedback?limit=2").get_json()
    assert find(f"limit=2&cursor={page['page']['next']}") == [ids[0]]
    assert client.get("/v1/feedback?region=nowhere").status_code == 400
    counts = client.get("/v1/feedback/statistics").get_json()
    assert FeedbackStatisticsSchema().validate(counts) == {}
    assert [(row["region"], row["kind"], row["reports"]) for row in counts["data"]] == [
        ("CN", "closed", 1),
        ("CN", "fake", 1),
        (None, "other", 1),
    ]
    below = client.get("/v1/feedback/statistics?region=CN").get_json()["data"]
    assert [row["region"] for row in below] == ["CN-110000", "CN-510000"]


def test_a_host_with_another_secret_stores_nothing(client: FlaskClient, send: Send, database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO secret_key_fingerprint (fingerprint) VALUES (%s)", (b"x" * 32,))
    assert send().status_code == 500
    assert stored(database_url) == []
    assert json.loads(client.get("/v1/feedback").data)["data"] == []
