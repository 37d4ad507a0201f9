import json
import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
from flask.testing import FlaskClient

from directory.changes.atom import Feed, write_feed
from tests.accounts.conftest import insert_account
from tests.changes.conftest import Write
from tests.changes.reading import read_on
from tests.followers.observing import AT, observe

ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 9562, version 5.
URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# RFC 3339, as RFC 4287 wants it.
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def fill(write: Write) -> int:
    """Write a short history with all kinds of change; give the revision before it."""

    def insert(conn: Any) -> None:  # noqa: ANN401 - psycopg's connection
        for handle in "ab":
            insert_account(conn, 0, {"handle": handle, "name": f"<{handle}> & \x0b“{handle}”", "region_code": "FR"})

    since = write(insert, source="list.csv") - 1
    write("UPDATE accounts SET name = name || '!'")
    dead = "INSERT INTO tombstones SELECT 'account', a.id, b.id, current_revision() FROM accounts AS a, accounts AS b"
    write(f"{dead} WHERE a.handle = 'a' AND b.handle = 'b'", "DELETE FROM accounts WHERE handle = 'a'")
    write("UPDATE regions SET name_local = 'République' WHERE code = 'FR'")
    write("INSERT INTO sources (id, title, licence) VALUES ('s1', 'One', 'CC0')")
    return since


def check(document: bytes) -> None:
    """Assert what RFC 4287 says that a feed must be, element by element (4.1.1, 4.1.2, 3.2, 3.3, 4.2.6, 4.2.7)."""
    root = ET.fromstring(document)  # noqa: S314 - we wrote it
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for node in (root, *entries):
        for name in ("id", "title", "updated"):
            (only,) = node.findall(f"{ATOM}{name}")
            assert only.text
        assert URN.fullmatch(node.findtext(f"{ATOM}id", ""))
        assert TIME.fullmatch(node.findtext(f"{ATOM}updated", ""))
        assert [author.findtext(f"{ATOM}name") for author in node.findall(f"{ATOM}author")] != []
        relations = [(link.get("rel"), link.get("type")) for link in node.findall(f"{ATOM}link")]
        assert len(relations) == len(set(relations))
        assert all(re.match("https?://[^/]+/", link.get("href", "")) for link in node.findall(f"{ATOM}link"))
    assert ("self", "application/atom+xml") in [
        (each.get("rel"), each.get("type")) for each in root.findall(f"{ATOM}link")
    ]
    pairs = [(entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert len(pairs) == len(set(pairs))
    for entry in entries:
        (content,) = entry.findall(f"{ATOM}content")
        assert (content.get("type"), len(content)) == ("text", 0)


def read(client: FlaskClient, address: str = "/v1/changes.atom", **query: object) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return a feed as feed readers have it, after it was checked."""
    response = client.get(address.removeprefix("https://example.org/registry"), query_string=query or None)
    assert (response.status_code, response.mimetype) == (200, "application/atom+xml")
    check(response.data)
    feed = feedparser.parse(response.data)
    assert not feed.bozo, feed.bozo_exception
    return feed


def test_feed_readers_read_every_change_the_newest_first(client: FlaskClient, write: Write) -> None:
    since = fill(write)
    changes, _ = read_on(client, since)
    feed = read(client, since=since)
    assert feed.version == "atom10"
    assert feed.feed.title == "Directory of official accounts: changes"
    assert len({entry.id for entry in feed.entries}) == len(changes)
    assert [datetime.fromisoformat(entry.updated) for entry in feed.entries] == [
        datetime.fromisoformat(change["at"]) for change in reversed(changes)
    ]
    assert feed.feed.updated == changes[-1]["at"]
    assert {entry.author for entry in feed.entries} == {"editor"}
    assert [[tag.term for tag in entry.tags] for entry in feed.entries] == [
        [change["kind"], change["action"]] for change in reversed(changes)
    ]


def test_an_entry_says_in_words_what_became_of_a_record_and_leads_to_it(client: FlaskClient, write: Write) -> None:
    since = fill(write)
    titles = {entry.title: entry for entry in read(client, since=since).entries}
    shown = "<b> & \ufffd“b”!"
    assert list(titles)[:4] == [
        "Source added: One",
        f"Account changed: {shown} (weibo)",
        "Region changed: France",
        "Handle changed: a (weibo)",
    ]
    changed = titles["Account changed: <b> & \ufffd“b”! (weibo)"]
    assert "name: <b> & \ufffd“b” → <b> & \ufffd“b”!" in changed.content[0].value.splitlines()
    assert re.fullmatch(r"https://example.org/registry/v1/accounts/\w{7}", changed.link)
    merged = titles["Account merged into another: <a> & \ufffd“a”! (weibo)"]
    assert merged.link.endswith("/history")
    assert f"It is now: {changed.link.rpartition('/')[2]}" in merged.content[0].value
    assert client.get(merged.link.removeprefix("https://example.org/registry")).status_code == 200
    added = titles["Account added: <b> & \ufffd“b” (weibo)"]
    assert {"Source: list.csv", "region.code: FR"} <= set(added.content[0].value.splitlines())


def test_a_batch_of_observations_is_one_change_in_all_forms_of_the_feed(client: FlaskClient, write: Write) -> None:
    since = fill(write)
    ids = [each["id"] for each in client.get("/v1/accounts").get_json()["data"]]
    revision = write(lambda conn: observe(conn, ids, 7), source="counts.csv")
    (change,) = read_on(client, revision - 1)[0]
    assert (change["kind"], change["action"], change["id"]) == ("observations", "create", f"{revision}-s1")
    assert change["before"] is None
    at = AT.isoformat()
    assert change["after"] == {"source": "s1", "from": at, "to": at, "observations": len(ids), "accounts": len(ids)}
    assert read_on(client, since, kind="observations")[0] == [change]
    assert change not in read_on(client, since, region="FR")[0]
    lines = client.get(f"/v1/changes.ndjson?since={revision - 1}").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == [change]
    entry = read(client, since=since).entries[0]
    assert entry.title == "Observations added: s1"
    assert f"observations: {len(ids)}" in entry.content[0].value.splitlines()


def test_an_entry_keeps_its_id_whatever_the_filters_and_the_feed_keeps_its_own(
    client: FlaskClient, write: Write
) -> None:
    since = fill(write)
    whole, accounts = read(client, since=since), read(client, since=since, kind="account")
    assert {entry.id for entry in accounts.entries} < {entry.id for entry in whole.entries}
    assert whole.feed.id != accounts.feed.id
    write("UPDATE accounts SET name = 'C'")
    again = read(client, since=since, kind="account", limit=1)
    assert again.feed.id == accounts.feed.id
    assert again.entries[0].id not in {entry.id for entry in accounts.entries}


def test_pages_lead_to_older_entries_until_there_are_none(client: FlaskClient, write: Write) -> None:
    since = fill(write)
    whole = [entry.id for entry in read(client, since=since).entries]
    feed = read(client, since=since, limit=2)
    ids = [entry.id for entry in feed.entries]
    while older := [link.href for link in feed.feed.links if link.rel == "next"]:
        feed = read(client, older[0])
        (mine,) = [link.href for link in feed.feed.links if link.rel == "self"]
        assert mine == older[0]
        ids += [entry.id for entry in feed.entries]
    assert ids == whole


def test_a_feed_without_entries_is_valid_too(client: FlaskClient, write: Write) -> None:
    latest = write("INSERT INTO sources (id, title, licence) VALUES ('s1', 'One', 'CC0')")
    assert read(client, since=latest).entries == []


def feed_of(begun: str | None, base: str) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return a feed of one change, of a registry that began then and is served there, as feed readers have it."""
    change = {"revision": 2, "sequence": 1, "at": "2026-01-01T00:00:00Z", "actor": "a", "reason": "r", "source": None}
    record = {"kind": "account", "id": "x", "action": "create", "before": None, "after": {"name": "A"}}
    feed = Feed(
        title="T",
        publisher="P",
        begun=begun,
        base=base,
        address=f"{base}/v1/changes.atom",
        name="changes",
        next=None,
        updated="2026-01-01T00:00:00Z",
    )
    return feedparser.parse(write_feed(feed, [{**change, **record}]))


def test_ids_are_of_the_registry_and_not_of_its_address() -> None:
    here, moved = (
        feed_of("2026-01-01T00:00:00Z", "http://127.0.0.1:8000"),
        feed_of("2026-01-01T00:00:00Z", "https://a.b/c"),
    )
    other = feed_of("2026-01-01T00:00:00.000001Z", "http://127.0.0.1:8000")
    assert (here.feed.id, here.entries[0].id) == (moved.feed.id, moved.entries[0].id)
    assert here.entries[0].link != moved.entries[0].link
    assert {here.feed.id, here.entries[0].id}.isdisjoint({other.feed.id, other.entries[0].id})


def test_an_account_that_comes_with_its_handle_is_one_entry_if_handles_are_left_out(
    client: FlaskClient, write: Write
) -> None:
    since = fill(write)
    whole = read(client, since=since)
    accounts = read(client, since=since, kind="-handle")
    assert [entry.id for entry in accounts.entries] == [
        entry.id for entry in whole.entries if entry.tags[0].term != "handle"
    ]
    assert "handle: b" in next(e for e in accounts.entries if "added: <b>" in e.title).content[0].value.splitlines()
    assert 'href="../v1/changes.atom?kind=-handle"' in client.get("/en/").get_data(as_text=True)


def test_a_long_value_is_cut(client: FlaskClient, write: Write) -> None:
    since = fill(write)
    write("UPDATE accounts SET description = %(text)s WHERE handle = 'b'", text="长" * 1000)
    content = read(client, since=since, limit=1).entries[0].content[0].value
    assert f"description: null → {'长' * 300}…" in content
    assert "长" * 301 not in content


def test_it_is_kept_as_long_as_nothing_changes(client: FlaskClient) -> None:
    response = client.get("/v1/changes.atom")
    assert client.get("/v1/changes.atom", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
