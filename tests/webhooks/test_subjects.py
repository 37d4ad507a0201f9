"""Messages about reports and failed proofs: in the transaction of what they are about, and by the same filters."""

import psycopg

from directory.database.migrations import downgrade, migrate
from directory.feedback.schemas import TrackedFeedbackSchema
from tests.webhooks.conftest import Place, Receiver


def report(conn: psycopg.Connection, account: str | None = None, region: str | None = None) -> str:
    """Insert a report with private words, and return its id."""
    row = conn.execute(
        """
        INSERT INTO feedback (kind, account_id, region_code, text, key_digest)
        VALUES ('other', %s, %s, 'private words', %s) RETURNING id
        """,
        (account, region, b"k" * 32),
    ).fetchone()
    assert row is not None
    return str(row[0])


def insert_check(conn: psycopg.Connection, account: str, result: str) -> None:
    """Insert what a check of an account found."""
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'proofs')")
        conn.execute(
            """
            INSERT INTO account_evidence (account_id, method, result, reason, documents, checked_at)
            VALUES (%s, 'dns', %s, 'no_record', '[]', now())
            """,
            (account, result),
        )


def account_in(place: Place, region: str, path: str) -> str:
    """Insert an account in a region, and return its id."""
    place.add_accounts(region_code=region, region_path=path)
    row = place.conn.execute("SELECT id FROM accounts WHERE region_code = %s", (region,)).fetchone()
    assert row is not None
    return str(row[0])


def test_a_report_and_its_steps_are_sent_without_what_is_private(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url, events=["feedback.changed"])
    with place.conn.transaction(force_rollback=True):
        report(place.conn)
    first = report(place.conn)
    place.command("decide", first, "under_review", group="feedback")
    place.deliver(webhook)
    came, step = receiver.verified(secret)
    assert (came["type"], came["data"]["id"]) == ("feedback.changed", first)
    assert TrackedFeedbackSchema().validate(came["data"]) == {}
    assert step["data"]["history"][0]["after"] == "under_review"
    assert all(b"private words" not in body for _, body in receiver.received)


def test_a_check_that_failed_is_sent_and_no_other(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url, events=["proof.failed"])
    account = account_in(place, "FR", "FR/")
    insert_check(place.conn, account, "failed")
    insert_check(place.conn, account, "unanswered")
    receiver.answers = [(500, {})]
    place.deliver(webhook)
    place.conn.execute("UPDATE webhook_messages SET due_at = now()")
    place.deliver(webhook)
    failed, again = receiver.verified(secret)
    assert failed == again
    assert failed["data"] | {"checked_at": ""} == {
        "account": account, "method": "dns", "reason": "no_record", "documents": [], "excerpt": None, "checked_at": "",
        "revision": 3,
    }  # fmt: skip


def test_a_filter_of_places_chooses_reports_and_proofs(place: Place, receiver: Receiver) -> None:
    events = ["feedback.changed", "proof.failed"]
    webhook, secret = place.subscribe(receiver.url, events=events, filter="region=CN&kind=account")
    inside = account_in(place, "CN-510100", "CN/CN-510000/CN-510100/")
    outside = account_in(place, "FR", "FR/")
    for account in (inside, outside):
        insert_check(place.conn, account, "failed")
        report(place.conn, account=account)
    stated = report(place.conn, region="CN-510000")
    report(place.conn)
    place.deliver(webhook)
    assert {message["data"].get("account") or message["data"]["id"] for message in receiver.verified(secret)} == {
        inside, stated,
    }  # fmt: skip
    assert len(receiver.received) == 3
    assert len(place.log(webhook)) == 3


def test_a_webhook_for_which_too_much_waits_is_switched_off(place: Place, receiver: Receiver) -> None:
    webhook, _ = place.subscribe(receiver.url, events=["feedback.changed"])
    place.conn.execute(
        """
        INSERT INTO webhook_messages (webhook_id, event, payload)
        SELECT %s, 'feedback.changed', '{}' FROM generate_series(1, 10000)
        """,
        (webhook,),
    )
    report(place.conn)
    shown = place.send("GET", f"/webhooks/{webhook}")
    assert (shown["disabled"]["reason"], shown["waiting"]) == ("too_many_waiting", 10_000)


def test_the_schema_goes_down_and_up_again_with_messages_about_reports(place: Place, receiver: Receiver) -> None:
    place.subscribe(receiver.url, events=["feedback.changed"])
    kept, _ = place.subscribe(receiver.url, events=["feedback.changed", "registry.changed"])
    report(place.conn)
    place.conn.close()
    downgrade(place.url, "0061")
    migrate(place.url)
    with psycopg.connect(place.url) as conn:
        assert conn.execute("SELECT id, events FROM webhooks").fetchall() == [(kept, ["registry.changed"])]
        assert conn.execute("SELECT count(*) FROM webhook_messages").fetchone() == (0,)
