"""Webhooks by HTTP and by command: who manages which, and what is refused."""

import json

import psycopg
import pytest

from directory.database.migrations import downgrade, migrate
from directory.webhooks import queries, subscriptions
from directory.webhooks.schemas import NewWebhookSchema, WebhookDeliveryListSchema, WebhookListSchema
from tests.webhooks.conftest import Place, Receiver

GOOD = {"url": "https://receiver.example/hooks", "events": ["registry.changed"]}


def test_a_webhook_is_made_shown_tested_and_deleted(place: Place, receiver: Receiver) -> None:
    made = place.send("POST", "/webhooks", {**GOOD, "url": receiver.url, "description": "Portal"})
    assert NewWebhookSchema().validate(made) == {}
    webhook, secret = made["id"], made.pop("secret")
    assert place.send("GET", f"/webhooks/{webhook}") == made
    listed = place.send("GET", "/webhooks")
    assert (listed["data"], WebhookListSchema().validate(listed)) == ([made], {})
    assert (made["created_by"], made["state"], made["filter"], made["waiting"]) == ("Desk", "active", "", 0)
    message = place.send("POST", f"/webhooks/{webhook}/test")["message"]
    place.deliver(webhook)
    ((sent,), (received,)) = (receiver.verified(secret), receiver.ids())
    assert (received, sent["type"], sent["data"]) == (message, "webhook.test", {"webhook": webhook})
    log = place.send("GET", f"/webhooks/{webhook}/deliveries")
    assert WebhookDeliveryListSchema().validate(log) == {}
    assert place.send("DELETE", f"/webhooks/{webhook}")["id"] == webhook
    assert place.send("GET", "/webhooks")["data"] == []
    place.send("GET", f"/webhooks/{webhook}", status=404)


UNUSABLE: list[tuple[dict[str, object], str, str]] = [
    ({"url": "https://10.0.0.1/"}, "/url", "private network"),
    ({"url": "http://receiver.example/"}, "/url", "not encrypted"),
    ({"url": 7}, "/url", "is no text"),
    ({"events": []}, "/events", "no list"),
    ({"events": "registry.changed"}, "/events", "no list"),
    ({"events": ["registry.changed", 1]}, "/events", "is not one of"),
    ({"events": ["registry.changed", "registry.changed"]}, "/events", "twice"),
    ({"filter": "region=Nowhere"}, "/filter", "region"),
    ({"filter": "since=1"}, "/filter", "since there is no such parameter"),
    ({"filter": "kind=%ff"}, "/filter", "not UTF-8"),
    ({"filter": "kind=account,-account"}, "/filter", "kind"),
    ({"secret": "x"}, "/secret", "not a member"),
]


def test_what_no_webhook_can_be_is_refused_with_its_place(place: Place) -> None:
    for changes, pointer, detail in UNUSABLE:
        problem = place.send("POST", "/webhooks", GOOD | changes, status=422)
        errors = [(each["pointer"], detail in each["detail"]) for each in problem["errors"]]
        assert errors == [(pointer, True)], problem
    assert place.send("POST", "/webhooks", {"url": GOOD["url"]}, status=422)["errors"][0]["pointer"] == "/events"
    assert place.send("GET", "/webhooks")["data"] == []


def test_their_number_and_that_of_waiting_tests_are_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "WEBHOOKS_MAX", 1)
    webhook = place.send("POST", "/webhooks", GOOD)["id"]
    assert place.send("POST", "/webhooks", GOOD, status=409)["code"] == "webhook-limit"
    monkeypatch.setattr(subscriptions, "_TESTS_MAX", 1)
    place.send("POST", f"/webhooks/{webhook}/test")
    assert place.send("POST", f"/webhooks/{webhook}/test", status=409)["code"] == "webhook-tests"
    assert place.send("POST", f"/webhooks/{webhook}/resume", status=409)["code"] == "webhook-active"


def test_a_narrowed_token_manages_its_own_webhooks_only(place: Place) -> None:
    foreign = place.send("POST", "/webhooks", GOOD)["id"]
    everywhere, place.headers = place.headers, place.make_token("--scope", "admin", "--region", "CN")
    own = place.send("POST", "/webhooks", GOOD)["id"]
    assert [each["id"] for each in place.send("GET", "/webhooks")["data"]] == [own]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/secret"), ("GET", "/deliveries")):
        place.send(method, f"/webhooks/{foreign}{path}", status=404)
    place.send("POST", f"/webhooks/{own}/secret")
    place.headers = everywhere
    assert [each["id"] for each in place.send("GET", "/webhooks")["data"]] == [foreign, own]


def test_the_log_comes_in_pages(place: Place, receiver: Receiver) -> None:
    webhook, _ = place.subscribe(receiver.url)
    sent = [place.send("POST", f"/webhooks/{webhook}/test")["message"] for _ in range(3)]
    first = place.send("GET", f"/webhooks/{webhook}/deliveries?limit=2")
    second = place.send("GET", f"/webhooks/{webhook}/deliveries?limit=2&cursor={first['page']['next']}")
    assert [each["id"] for each in (*first["data"], *second["data"])] == sent[::-1]


def test_an_operator_does_the_same_by_commands(place: Place, receiver: Receiver) -> None:
    secret = place.command("create", receiver.url, "--filter", "kind=account", "--description", "Portal").strip()
    shown = json.loads(place.command("list"))
    webhook = shown["id"]
    assert (shown["created_by"], shown["filter"]) == ("directory webhook", "kind=account")
    assert shown["events"] == ["registry.changed", "feedback.changed", "proof.failed"]
    place.command("test", webhook)
    place.deliver(webhook)
    assert receiver.verified(secret)[0]["type"] == "webhook.test"
    assert json.loads(place.command("log", webhook))["state"] == "delivered"
    assert place.command("rotate", webhook).startswith("whsec_")
    assert "is active" in place.command("resume", webhook, status=1)
    place.conn.execute("UPDATE webhooks SET disabled_at = now(), disabled_reason = 'failing'")
    assert "resume it first" in place.command("test", webhook, status=1)
    place.command("resume", webhook)
    place.command("delete", webhook)
    for name in ("log", "test", "rotate", "resume", "delete"):
        assert "no webhook has the id" in place.command(name, webhook, status=1)
    assert "private network" in place.command("create", "https://10.0.0.1/", status=1)


def test_the_schema_goes_down_and_up_again_with_rows(place: Place, receiver: Receiver) -> None:
    webhook, _ = place.subscribe(receiver.url)
    place.send("POST", f"/webhooks/{webhook}/test")
    place.conn.close()
    downgrade(place.url, "0053")
    migrate(place.url)
    with psycopg.connect(place.url) as conn:
        assert conn.execute("SELECT count(*) FROM webhooks").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM jobs.procrastinate_jobs").fetchone() == (0,)
