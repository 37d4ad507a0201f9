"""Pages of reports by readers: with scripts, without them, and with the secret link."""

import re
import time
from collections.abc import Iterator

import psycopg
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from directory.database import revisions
from directory.feedback import challenges, limits

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module", autouse=True)
def account_id(module_database_url: str) -> str:
    """Return the one account of the registry."""
    with psycopg.connect(module_database_url) as conn:
        revisions.begin_revision(conn, actor="editor", reason="first list")
        row = conn.execute(
            "INSERT INTO accounts (platform, handle, handle_key, name) VALUES ('x', 'a', 'a', 'Subway') RETURNING id"
        ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture(autouse=True)
def _easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make challenges easy, and limits high."""
    monkeypatch.setattr(challenges, "STEPS", range(3, 9))
    monkeypatch.setattr(challenges, "COST", 10)
    for name in ("_OF_ONE", "_SLOW_OF_ONE"):
        monkeypatch.setattr(limits, name, 1_000)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Yield a page of the browser."""
    page = browser.new_page()
    yield page
    page.close()


def ticket_of(text: str) -> str:
    """Return the ticket in a form."""
    found = re.search(r'name="ticket" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def wait_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the time pass that a ticket has to wait."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + challenges.TICKET_DELAY + 1)


@pytest.mark.parametrize(("language", "arrived"), [("en", "Your report has arrived"), ("zh", "已收到您的反馈")])
def test_without_scripts_the_form_is_sent_after_a_while(
    client: FlaskClient, account_id: str, monkeypatch: pytest.MonkeyPatch, language: str, arrived: str
) -> None:
    page = client.get(f"/{language}/feedback?account={account_id}&kind=closed")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Subway" in page.get_data(as_text=True)
    form = {
        "kind": "closed",
        "account": account_id,
        "text": "站牌坏了",
        "website": "",
        "altcha": "",
        "email": "a@b.test",
    }
    form["ticket"] = ticket_of(page.get_data(as_text=True))
    early = client.post(f"/{language}/feedback", data=form)
    assert (early.status_code, ticket_of(early.get_data(as_text=True))) == (403, form["ticket"])
    assert "站牌坏了" in early.get_data(as_text=True)
    wait_long_enough(monkeypatch)
    sent = client.post(f"/{language}/feedback", data=form)
    assert arrived in sent.get_data(as_text=True)
    link = re.search(r"/(\w\w/feedback/\w{7})\?key=([\w-]{43})<", sent.get_data(as_text=True))
    assert link is not None
    private = client.get(f"/{link[1]}?key={link[2]}")
    assert private.headers["Cache-Control"] == "no-store"
    assert "站牌坏了" in private.get_data(as_text=True)
    assert "站牌坏了" not in client.get(f"/{link[1]}").get_data(as_text=True)
    assert client.get(f"/{link[1]}?key={'k' * 43}").status_code == 404
    assert client.get(f"/{link[1]}?key=short").status_code == 404
    client.post(f"/{link[1]}", data={"key": link[2]})
    assert "站牌坏了" not in client.get(f"/{link[1]}?key={link[2]}").get_data(as_text=True)
    assert link[1].rpartition("/")[2] in client.get(f"/{language}/feedback/reports?kind=closed").get_data(as_text=True)


def test_what_is_wrong_is_said_and_what_was_written_stays(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = ticket_of(client.get("/en/feedback").get_data(as_text=True))
    wait_long_enough(monkeypatch)
    form = {"kind": "other", "text": "keep me", "ticket": ticket}
    for more, said in (
        ({"email": "nobody"}, "The e-mail address is not one."),
        ({"url": "javascript:x"}, "has to begin with https://"),
        ({"website": "spam"}, "Leave the last field empty"),
        ({"account": "0000001"}, "There is no account of this id."),
        ({"text": " "}, "State what is wrong"),
    ):
        refused = client.post("/en/feedback", data=form | more)
        assert refused.status_code in {403, 422}
        assert said in refused.get_data(as_text=True)
        assert "keep me" in refused.get_data(as_text=True) or "text" in more


def test_a_browser_solves_the_challenge_and_the_keyboard_is_enough(
    visitor: Page, address: str, account_id: str
) -> None:
    errors: list[str] = []
    visitor.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    visitor.goto(f"{address}/en/accounts/{account_id}")
    visitor.get_by_role("link", name="Report it here").click()
    visitor.get_by_label("What is wrong").focus()
    visitor.keyboard.type("It is a fake.")
    visitor.get_by_label("Your e-mail address").focus()
    visitor.keyboard.press("Enter")
    visitor.get_by_role("heading", name="Your report has arrived").wait_for()
    visitor.get_by_role("link", name="?key=").click()
    assert visitor.get_by_text("It is a fake.").count() == 1
    visitor.get_by_role("button", name="Erase what I sent").click()
    visitor.get_by_text("It is erased.").wait_for()
    assert errors == []
