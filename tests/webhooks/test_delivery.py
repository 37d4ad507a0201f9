"""Receivers get each change once, signed, and again after failures, until three days are over."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import psycopg
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from directory.deletions.changes import DeletionNote, delete
from directory.jobs.runner import run_until_signal
from directory.jobs.tasks import Registry
from directory.secret_keys import UnreadableError, decrypt
from directory.webhooks import delivery, message_queries
from directory.webhooks.delivery import delay
from directory.webhooks.events import take_batch
from tests.webhooks.conftest import Place, Receiver


def make_due(place: Place) -> None:
    place.conn.execute("UPDATE webhook_messages SET due_at = now() WHERE state = 'waiting'")


def test_jobs_send_what_changed_since_the_webhook_was_made_signed_and_once(place: Place, receiver: Receiver) -> None:
    place.add_accounts()
    webhook, secret = place.subscribe(receiver.url)
    place.add_accounts(2)
    for _ in range(2):
        assert run_until_signal(Registry(place.config, place.url), [], grace_seconds=5, is_once=True)
    (message,) = receiver.verified(secret)
    feed = place.client.get("/v1/changes?since=2").get_json()
    assert message["type"] == "registry.changed"
    assert message["data"]["changes"] == feed["data"]
    last = feed["data"][-1]
    assert message["data"]["through"] == {
        "revision": last["revision"], "sequence": last["sequence"], "mark": feed["through"]["mark"],
    }  # fmt: skip
    headers, _ = receiver.received[0]
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("official-directory/")
    ((status, state),) = [(each["attempts"][0]["status"], each["state"]) for each in place.log(webhook)]
    assert (status, state) == (204, "delivered")


def test_a_filter_of_the_change_feed_chooses_the_changes(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url, filter="kind=account&region=CN-510000")
    place.add_accounts(region_code="FR", region_path="FR/")
    place.deliver(webhook)
    assert receiver.received == []
    place.add_accounts(region_code="CN-510100", region_path="CN/CN-510000/CN-510100/")
    place.deliver(webhook)
    (message,) = receiver.verified(secret)
    assert [(change["kind"], change["revision"]) for change in message["data"]["changes"]] == [("account", 3)]


def test_many_changes_come_in_several_messages_without_a_gap(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url, filter="kind=account")
    place.add_accounts(205)
    place.deliver(webhook)
    sequences = [[change["sequence"] for change in message["data"]["changes"]] for message in receiver.verified(secret)]
    assert [len(each) for each in sequences] == [100, 100, 5]
    assert list(chain(*sequences)) == sorted(chain(*sequences))
    assert len(set(receiver.ids())) == 3


def test_a_batch_is_bounded_in_bytes_and_a_huge_record_is_left_out() -> None:
    small, huge = (
        '{"revision":1,"before":null,"after":"x"}',
        f'{{"revision":2,"before":null,"after":"{"y" * 300_000}"}}',
    )
    batch = take_batch([(huge, 2, 1, "m"), (small, 2, 2, "n")])
    assert batch.texts == ['{"revision":2,"before":null,"after":null,"is_cut":true}', small]
    half = f'{{"revision":3,"after":"{"z" * 150_000}"}}'
    batch = take_batch([(half, 3, 1, "m"), (half, 3, 2, "m")])
    assert (len(batch.texts), batch.through, batch.mark) == (1, (3, 1), "m")


def test_a_failure_is_repeated_later_with_the_same_id_and_body(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url)
    receiver.answers = [(500, {}), (302, {"Location": "http://127.0.0.1:1/"})]
    place.add_accounts()
    place.deliver(webhook)
    place.deliver(webhook)
    assert len(receiver.received) == 1
    assert place.send("GET", f"/webhooks/{webhook}")["failing_since"] is not None
    make_due(place)
    place.deliver(webhook)
    make_due(place)
    place.deliver(webhook)
    assert len(set(receiver.ids())) == 1
    assert len({body for _, body in receiver.received}) == 1
    assert len(receiver.verified(secret)) == 3
    (logged,) = place.log(webhook)
    assert [attempt["status"] for attempt in logged["attempts"]] == [500, 302, 204]
    assert place.send("GET", f"/webhooks/{webhook}")["failing_since"] is None


def test_a_message_whose_delivery_was_not_recorded_comes_again_with_its_id(
    place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, _ = place.subscribe(receiver.url)
    place.add_accounts()

    def die(*_: object) -> None:
        raise psycopg.OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(message_queries, "update_delivered", die)
        with pytest.raises(psycopg.OperationalError):
            place.deliver(webhook)
    place.deliver(webhook)
    first, second = receiver.ids()
    assert first == second
    place.deliver(webhook)
    assert len(receiver.received) == 2


def test_what_waits_says_nothing_of_an_account_that_was_erased_since(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url)
    receiver.answers = [(500, {})]
    place.add_accounts(2)
    place.deliver(webhook)
    assert b"Office 0" in receiver.received.pop()[1]
    erased, handle = place.conn.execute("SELECT id, handle FROM accounts WHERE name = 'Office 0'").fetchone() or (
        "",
        "",
    )
    delete(place.conn, erased, DeletionNote("test", "erasure_request", "test"), with_erasure=True)
    make_due(place)
    place.deliver(webhook)
    told = b"".join(body for _, body in receiver.received).decode()
    assert "Office 0" not in told
    assert f'"{handle}"' not in told
    changes = [change for message in receiver.verified(secret) for change in message["data"]["changes"]]
    assert [change["action"] for change in changes if change["id"] == erased] == ["create", "delete"]
    assert [each["after"]["name"] for each in changes if each["after"] and each["kind"] == "account"] == ["Office 1"]


def test_the_delay_doubles_up_to_six_hours() -> None:
    seconds = [delay(failures) for failures in range(40)]
    for number, mean in enumerate((30, 60, 120, 240)):
        assert mean * 0.9 <= seconds[number] <= mean * 1.1
    assert max(seconds) <= 6 * 3600 * 1.1
    assert min(seconds[11:]) >= 6 * 3600 * 0.9


def test_no_more_messages_are_made_than_wait_and_none_is_lost(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url)
    receiver.answers = [(503, {})] * 10
    for _ in range(12):
        place.add_accounts()
        place.deliver(webhook)
    assert place.send("GET", f"/webhooks/{webhook}")["waiting"] == 10
    make_due(place)
    place.deliver(webhook)
    place.deliver(webhook)
    revisions = {change["revision"] for message in receiver.verified(secret) for change in message["data"]["changes"]}
    assert revisions == set(range(2, 14))
    assert place.send("GET", f"/webhooks/{webhook}")["waiting"] == 0


def test_a_webhook_that_fails_for_three_days_is_switched_off_and_says_so(
    place: Place, receiver: Receiver, no_patience: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    webhook, secret = place.subscribe(receiver.url)
    receiver.answers = [(500, {})] * 2
    place.add_accounts()
    place.deliver(webhook)
    no_patience("0 seconds")
    make_due(place)
    place.deliver(webhook)
    shown = place.send("GET", f"/webhooks/{webhook}")
    assert (shown["state"], shown["disabled"]["reason"]) == ("disabled", "failing")
    assert f"webhook {webhook} is switched off: failing" in caplog.text
    (logged,) = place.log(webhook)
    assert (logged["state"], logged["due_at"]) == ("failed", None)
    place.add_accounts()
    place.deliver(webhook)
    assert len(receiver.received) == 2
    assert place.send("POST", f"/webhooks/{webhook}/test", status=409)["code"] == "webhook-disabled"
    # Changes continue where they stopped.
    assert place.send("POST", f"/webhooks/{webhook}/resume")["state"] == "active"
    place.deliver(webhook)
    assert receiver.verified(secret)[-1]["data"]["changes"][0]["revision"] == 3


def test_a_receiver_that_is_gone_is_asked_no_more(place: Place, receiver: Receiver) -> None:
    webhook, _ = place.subscribe(receiver.url)
    receiver.answers = [(410, {})]
    place.add_accounts()
    place.deliver(webhook)
    assert place.send("GET", f"/webhooks/{webhook}")["disabled"]["reason"] == "gone"
    assert place.send("GET", f"/webhooks/{webhook}")["waiting"] == 1
    place.send("POST", f"/webhooks/{webhook}/resume")
    place.deliver(webhook)
    assert place.log(webhook)[0]["state"] == "delivered"


def test_both_secrets_sign_for_a_day_after_a_rotation(place: Place, receiver: Receiver) -> None:
    webhook, old = place.subscribe(receiver.url)
    rotated = place.send("POST", f"/webhooks/{webhook}/secret")
    new = rotated["secret"]
    assert rotated["old_secret_until"] is not None
    place.add_accounts()
    place.deliver(webhook)
    assert receiver.verified(old) == receiver.verified(new) != []
    place.conn.execute("UPDATE webhooks SET old_secret_until = now()")
    receiver.received.clear()
    place.add_accounts()
    place.deliver(webhook)
    assert receiver.verified(new)
    with pytest.raises(WebhookVerificationError):
        receiver.verified(old)


def test_a_changed_body_or_id_or_time_is_not_verified(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url)
    place.add_accounts()
    place.deliver(webhook)
    headers, body = receiver.received[0]
    for changed in (
        (headers, body + b" "),
        (headers | {"webhook-id": "msg_0"}, body),
        (headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}, body),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed[1], changed[0])


def test_the_log_is_bounded(place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_queries, "LOG_MAX", 2)
    webhook, _ = place.subscribe(receiver.url)
    for _ in range(4):
        place.add_accounts()
        place.deliver(webhook)
    assert len(place.log(webhook)) == 2
    place.conn.execute("UPDATE webhook_messages SET created_at = now() - interval '31 days'")
    place.deliver(webhook)
    assert place.log(webhook) == []


def test_a_job_ends_after_a_minute_and_leaves_the_rest_to_the_next(
    place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_JOB_SECONDS", 0.0)
    webhook, _ = place.subscribe(receiver.url)
    place.add_accounts(101)
    place.deliver(webhook)
    assert len(receiver.received) == 1
    place.deliver(webhook)
    assert len(receiver.received) == 2


def test_a_secret_is_encrypted_and_that_of_another_webhook_is_of_no_use(place: Place, receiver: Receiver) -> None:
    webhook, secret = place.subscribe(receiver.url)
    other, _ = place.subscribe(receiver.url)
    ((stored,),) = place.conn.execute("SELECT secret FROM webhooks WHERE id = %s", (webhook,)).fetchall()
    assert secret.encode() not in stored
    with pytest.raises(UnreadableError):
        decrypt(b"k" * 32, webhook, stored)
    place.conn.execute("UPDATE webhooks SET secret = %s WHERE id = %s", (stored, other))
    place.add_accounts()
    place.deliver(other)
    shown: dict[str, Any] = place.send("GET", f"/webhooks/{other}")
    assert shown["disabled"]["reason"] == "secret_unreadable"
    assert receiver.received == []
