import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.accounts.commands import run_export, run_history_prune
from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.followers.observing import AT, observe

ERA_SIZE = 40
ACCOUNTS = 60
MAX_ERAS = 6


class Writer:
    """A registry whose eras are short, and how it is written."""

    def __init__(self, conn: psycopg.Connection, database: Database, client: FlaskClient) -> None:
        self.conn = conn
        self.database = database
        self.client = client

    def insert(self, first: int, count: int, **values: object) -> int:
        """Insert accounts in one revision and give it."""
        with self.conn.transaction():
            revision = begin_revision(self.conn, actor="test", reason="insert")
            for number in range(first, first + count):
                insert_account(self.conn, number, {"name": f"Name {number:03}", **values})
            index_pending(self.conn)
        return revision

    def update(self, numbers: range, followers: int) -> int:
        """Set followers of accounts in one revision and return it."""
        with self.conn.transaction():
            revision = begin_revision(self.conn, actor="test", reason="update")
            handles = [f"Handle{number}" for number in numbers]
            found = self.conn.execute("SELECT id FROM accounts WHERE handle = ANY(%s)", (handles,)).fetchall()
            observe(self.conn, [row[0] for row in found], followers)
            self.conn.execute("UPDATE accounts SET description = %s WHERE handle = ANY(%s)", (str(followers), handles))
        return revision

    def get(self, path: str, status: int = 200) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of an answer."""
        response = self.client.get(f"/v1/{path}")
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json(force=True)

    def eras(self) -> list[int]:
        """Return the first revisions of the eras."""
        return [row[0] for row in self.conn.execute("SELECT first_revision FROM account_eras ORDER BY era")]

    def time_of(self, revision: int) -> dt.datetime:
        """Return the time of a revision."""
        row = self.conn.execute("SELECT at FROM revisions WHERE revision = %s", (revision,)).fetchone()
        assert row is not None
        at: dt.datetime = row[0]
        return at.astimezone(dt.UTC)


@pytest.fixture
def writer(database_url: str, tmp_path: Path) -> Iterator[Writer]:
    """Yield a registry with the reference data and no accounts."""
    database = Database(database_url, statement_timeout_ms=10_000)
    app = create_app(Config(data_dir=tmp_path, download_cache_dir=tmp_path / "download-cache"), database)
    with psycopg.connect(database_url, autocommit=True, options=f"-c directory.era_size={ERA_SIZE}") as conn:
        yield Writer(conn, database, app.test_client())
    database.close()


def wait_for_tag(writer: Writer, revision: int) -> None:
    """Return when the service has heard of a revision."""
    while writer.database.revision < revision:
        time.sleep(0.01)


def ids(body: dict[str, Any]) -> list[str]:
    return [each["id"] for each in body["data"]]


def ids_of_all_pages(writer: Writer, path: str) -> list[str]:
    page = writer.get(path)
    seen = ids(page)
    while page["page"]["next"] is not None:
        page = writer.get(f"{path}&cursor={page['page']['next']}")
        seen += ids(page)
    return seen


def moment(at: dt.datetime) -> str:
    return quote(at.isoformat())


def test_a_time_means_the_last_revision_at_or_before_it(writer: Writer) -> None:
    first = writer.insert(0, 3)
    second = writer.insert(3, 2)
    at, tick = writer.time_of(second), dt.timedelta(microseconds=1)
    asked = {at - tick: first, at: second, at + tick: second, writer.time_of(first): first}
    for time_, revision in asked.items():
        body = writer.get(f"accounts?as_of={moment(time_)}")
        assert body["page"]["revision"] == revision
        assert len(body["data"]) == (3 if revision == first else 5)


def test_a_day_means_its_end_and_today_means_now(writer: Writer) -> None:
    revisions = [writer.insert(number, 1) for number in range(4)]
    today = dt.datetime.now(dt.UTC).date()
    midnight = dt.datetime.combine(today, dt.time(), dt.UTC) - dt.timedelta(days=3)
    tick = dt.timedelta(microseconds=1)
    times = (midnight - tick, midnight, midnight + dt.timedelta(days=1) - tick, midnight + dt.timedelta(days=1))
    for revision, at in zip(revisions, times, strict=True):
        writer.conn.execute("UPDATE revisions SET at = %s WHERE revision = %s", (at, revision))
    writer.conn.execute("UPDATE revisions SET at = %s WHERE revision < %s", (times[0], revisions[0]))
    for days_ago, revision in ((4, revisions[0]), (3, revisions[2]), (2, revisions[3]), (0, revisions[3])):
        day = today - dt.timedelta(days=days_ago)
        assert writer.get(f"accounts?limit=1&as_of={day}")["page"]["revision"] == revision
    now = writer.insert(9, 1)
    wait_for_tag(writer, now)
    assert writer.get(f"accounts?limit=1&as_of={today}")["page"]["revision"] == now


def test_the_day_that_is_not_over_is_answered_again_after_each_revision(writer: Writer) -> None:
    writer.insert(0, 2)
    today = dt.datetime.now(dt.UTC).date()
    account = writer.get("accounts")["data"][0]["id"]
    for number, path in enumerate(("accounts?", f"accounts/{account}?", "accounts.ndjson?", f"resolve?q={account}&")):
        before = writer.client.get(f"/v1/{path}as_of={today}")
        assert before.status_code == 200
        assert "immutable" not in before.headers["Cache-Control"]
        wait_for_tag(writer, writer.update(range(2), 100 + number))
        after = writer.client.get(f"/v1/{path}as_of={today}", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert after.get_data() != before.get_data()


def test_a_day_ahead_and_other_parts_of_a_calendar_are_refused(writer: Writer) -> None:
    writer.insert(0, 1)
    today = dt.datetime.now(dt.UTC).date()
    tomorrow = today + dt.timedelta(days=1)
    said = {
        str(tomorrow): f"is in the future: days are in UTC, where it is {today}",
        "9999-12-31": "is in the future",
        "0001-01-01": "before the registry began",
        "2024-06": "expected the number of a revision, or a time",
        "2024-W26": "expected the number of a revision, or a time",
        "2023-02-29": "expected the number of a revision, or a time",
    }
    for text, detail in said.items():
        (error,) = writer.get(f"accounts?as_of={text}", status=400)["errors"]
        assert error["value"] == text
        assert detail in error["detail"]


def test_what_is_before_the_first_revision_or_not_written_yet_is_refused_by_name(writer: Writer) -> None:
    writer.insert(0, 1)
    latest = writer.get("accounts?as_of=2&limit=1")["page"]["revision"]
    said = {
        "1999-01-01": "before the registry began; its first revision is of",
        "2999-01-01T00:00:00Z": "is in the future",
        str(latest + 1): f"is not written yet; the latest revision is {latest}",
        "0": "expected the number of a revision, or a time",
        "yesterday": "expected the number of a revision, or a time",
        "-1": "expected",
        "１": "expected",
    }
    account = writer.get("accounts")["data"][0]["id"]
    for text, detail in said.items():
        for path in ("accounts?", "accounts.csv?", "resolve?q=x&", f"accounts/{account}?"):
            (error,) = writer.get(f"{path}as_of={quote(text)}", status=400)["errors"]
            assert error["parameter"] == "as_of"
            assert detail in error["detail"]


def test_pages_of_the_past_are_of_one_revision_whatever_is_written_meanwhile(writer: Writer) -> None:
    writer.insert(0, ACCOUNTS)
    revision = writer.update(range(0, ACCOUNTS, 2), 500)
    expected = ids(writer.get("accounts?sort=-followers&limit=1000"))
    until = threading.Event()

    def write() -> None:
        followers = 0
        while not until.is_set():
            followers += 7
            writer.update(range(followers % 10, ACCOUNTS, 10), followers % 1000)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        # Until eras have come and gone meanwhile.
        while len(writer.eras()) < MAX_ERAS:
            for as_of in (str(revision), moment(writer.time_of(revision))):
                assert ids_of_all_pages(writer, f"accounts?sort=-followers&limit=7&as_of={as_of}") == expected
    finally:
        until.set()
        thread.join()


def test_a_cursor_holds_the_revision_that_a_time_meant(writer: Writer) -> None:
    writer.insert(0, 5)
    at = dt.datetime.now(dt.UTC)
    first = writer.get(f"accounts?limit=2&as_of={moment(at)}")
    # A revision whose time is before the time asked for, though it is committed after the first page was read.
    with writer.conn.transaction():
        begin_revision(writer.conn, actor="test", reason="late")
        insert_account(writer.conn, 9, {})
        writer.conn.execute(
            "UPDATE revisions SET at = %s WHERE revision = current_revision()", (at - dt.timedelta(microseconds=1),)
        )
    second = writer.get(f"accounts?limit=2&as_of={moment(at)}&cursor={first['page']['next']}")
    third = writer.get(f"accounts?limit=2&as_of={moment(at)}&cursor={second['page']['next']}")
    assert len({*ids(first), *ids(second), *ids(third)}) == 5
    assert third["page"]["next"] is None
    assert {page["page"]["revision"] for page in (first, second, third)} == {first["page"]["revision"]}


def test_a_cursor_of_now_is_none_of_the_past(writer: Writer) -> None:
    revision = writer.insert(0, 5)
    cursor = writer.get("accounts?limit=2")["page"]["next"]
    assert "cursor" in str(writer.get(f"accounts?limit=2&as_of={revision}&cursor={cursor}", status=400))


def test_an_answer_as_of_a_revision_has_a_tag_that_no_later_one_changes(writer: Writer) -> None:
    revision = writer.insert(0, 3)
    account = writer.get("accounts")["data"][0]["id"]
    for path in ("accounts?", f"accounts/{account}?", "accounts.ndjson?", f"resolve?q={account}&"):
        address = f"/v1/{path}as_of={revision}"
        before = writer.client.get(address)
        writer.update(range(3), revision + len(path))
        while writer.database.revision < writer.get("accounts?limit=1&as_of=1")["page"]["revision"]:
            time.sleep(0.01)
        again = writer.client.get(address, headers={"If-None-Match": before.headers["ETag"]})
        assert again.status_code == 304
        # The number may be given again, after a restore; the mark is not.
        assert "immutable" not in again.headers["Cache-Control"]
        marked = writer.client.get(f"{address}-{writer.database.mark_of(revision)}")
        assert marked.headers["Cache-Control"] == "public, max-age=86400, immutable"
        assert writer.client.get(address).get_data() == before.get_data()
        now = writer.client.get(f"/v1/{path.rstrip('?&')}")
        assert now.headers["ETag"] != before.headers["ETag"]
        assert "immutable" not in now.headers["Cache-Control"]
    # A time may yet come to mean a later revision.
    timed = writer.client.get(f"/v1/accounts?as_of={moment(writer.time_of(revision))}")
    assert "immutable" not in timed.headers["Cache-Control"]


def test_a_download_says_which_revision_it_is_of(writer: Writer, tmp_path: Path) -> None:
    revision = writer.insert(0, 3)
    writer.insert(3, 3)
    response = writer.client.get(f"/v1/accounts.json?as_of={revision}")
    assert response.get_json()["revision"] == revision
    assert f"accounts-{revision}.json" in response.headers["Content-Disposition"]
    run_export(writer.database, str(tmp_path / "then.json"), form=None, as_of=(str(revision),))
    assert (tmp_path / "then.json").read_bytes() == response.get_data()


def test_an_account_that_went_is_there_as_of_then(writer: Writer) -> None:
    made = writer.insert(0, 3)
    account = writer.get("accounts")["data"][0]
    with writer.conn.transaction():
        gone = begin_revision(writer.conn, actor="test", reason="gone")
        writer.conn.execute(
            "INSERT INTO tombstones (kind, id, revision) VALUES ('account', %s, %s)", (account["id"], gone)
        )
        writer.conn.execute("DELETE FROM accounts WHERE id = %s", (account["id"],))
    writer.get(f"accounts/{account['id']}", status=410)
    writer.get(f"accounts/{account['id']}?as_of={gone}", status=410)
    then = writer.get(f"accounts/{account['id']}?as_of={made}")
    assert {**account, "handles": [{"handle": account["handle"], "valid_from": None, "valid_to": None}]} == then
    assert "revision 1" in writer.get(f"accounts/{account['id']}?as_of=1", status=404)["detail"]


def test_a_deleted_account_has_the_counts_that_were_known_then(writer: Writer) -> None:
    known: dict[int, int | None] = {writer.insert(0, 1): None}
    account = writer.get("accounts")["data"][0]["id"]
    for day, followers in enumerate((5, 9)):
        with writer.conn.transaction():
            known[begin_revision(writer.conn, actor="test", reason="observed")] = followers
            observe(writer.conn, [account], followers, AT + dt.timedelta(days=day))
    with writer.conn.transaction():
        gone = begin_revision(writer.conn, actor="test", reason="gone")
        observe(writer.conn, [account], 12, AT + dt.timedelta(days=2))
        writer.conn.execute("INSERT INTO tombstones (kind, id, revision) VALUES ('account', %s, %s)", (account, gone))
        writer.conn.execute("DELETE FROM accounts WHERE id = %s", (account,))
    assert writer.conn.execute("SELECT FROM account_followers UNION ALL SELECT FROM observations").rowcount == 0
    for revision, count in known.items():
        record = writer.get(f"accounts/{account}?as_of={revision}")
        assert (record["followers"] or {}).get("count") == count
        (listed,) = writer.get(f"accounts?as_of={revision}&sort=-followers")["data"]
        assert listed["followers"] == record["followers"]
        found = writer.get(f"accounts?as_of={revision}&followers_min=9")["data"]
        assert [each["id"] for each in found] == [account] * (count == 9)


def test_a_search_counts_what_was_there_though_a_later_revision_is_of_the_same_time(writer: Writer) -> None:
    first = writer.insert(0, 3)
    # The clock went back: no revision is older than the one before it.
    writer.conn.execute("UPDATE revisions SET at = at + interval '1 hour' WHERE revision = %s", (first,))
    second, third = writer.insert(3, 4), writer.insert(7, 1)
    assert writer.time_of(first) == writer.time_of(second) == writer.time_of(third)
    counts = [writer.get(f"accounts?q=name&count=exact&limit=1&as_of={each}") for each in (first, second, third)]
    assert [each["page"]["count"]["value"] for each in counts] == [3, 7, 8]


def test_an_era_holds_at_most_about_two_states_of_each_account(writer: Writer) -> None:
    writer.insert(0, ACCOUNTS)
    for turn in range(30):
        writer.update(range(turn % 6, ACCOUNTS, 6), 1000 + turn)
    sizes = writer.conn.execute("SELECT count(*) FROM account_states GROUP BY era").fetchall()
    assert len(sizes) > 4
    assert all(size <= 2 * ACCOUNTS for (size,) in sizes)
    total = sum(size for (size,) in sizes)
    versions = writer.conn.execute("SELECT count(*) FROM versions WHERE kind = 'account'").fetchone()
    assert versions is not None
    assert total <= 2 * versions[0] + ACCOUNTS


def test_what_was_never_seen_is_not_kept(writer: Writer) -> None:
    writer.insert(0, ACCOUNTS)
    with writer.conn.transaction():
        revision = begin_revision(writer.conn, actor="test", reason="twice")
        for followers in (1, 2):
            (found,) = writer.conn.execute("SELECT id FROM accounts WHERE handle = 'Handle1'").fetchall()
            observe(writer.conn, found, followers)
            writer.conn.execute("UPDATE accounts SET description = %s WHERE handle = 'Handle1'", (str(followers),))
    body = writer.get(f"accounts?as_of={revision}&followers_min=1")
    assert [each["followers"]["count"] for each in body["data"]] == [2]
    era = writer.conn.execute("SELECT max(era) FROM account_eras").fetchone()
    assert era is not None
    held = writer.conn.execute(
        "SELECT count(*) FROM account_states WHERE era = %s AND from_revision >= to_revision", era
    ).fetchone()
    assert held == (0,)


def test_dropping_states_leaves_what_is_younger_and_says_how_far_back_that_is(
    writer: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    writer.insert(0, ACCOUNTS)
    for turn in range(20):
        writer.update(range(turn % 3, ACCOUNTS, 3), turn + 1)
    eras = writer.eras()
    old = eras[3]
    writer.conn.execute("UPDATE revisions SET at = at - interval '40 days' WHERE revision <= %s", (old,))
    answers = {
        revision: writer.get(f"accounts?as_of={revision}&count=exact&facets=platform,tag")
        for revision in range(old, old + 5)
    }
    history = writer.get(f"accounts/{answers[old]['data'][0]['id']}/history")
    run_history_prune(writer.conn, 30)
    assert writer.eras() == eras[3:]
    assert f"oldest       revision {old} of" in capsys.readouterr().out
    problem = writer.get(f"accounts?as_of={old - 1}", status=410)
    assert problem["type"] == "/problems/revision-pruned"
    assert problem["oldest"]["revision"] == old
    assert writer.get(f"accounts?as_of={moment(writer.time_of(old - 1))}", status=410)["oldest"]["revision"] == old
    for revision, answer in answers.items():
        assert writer.get(f"accounts?as_of={revision}&count=exact&facets=platform,tag") == answer
    assert writer.get(f"accounts/{answers[old]['data'][0]['id']}/history") == history
    tables = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'account_states'::regclass"
    assert writer.conn.execute(tables).fetchone() == (len(eras),)
    run_history_prune(writer.conn, 30)
    assert writer.conn.execute(tables).fetchone() == (len(eras) - 3,)
    assert "0 retired, 3 retired before were dropped" in capsys.readouterr().out


def test_a_writer_that_fails_leaves_the_past_as_it_was(writer: Writer) -> None:
    revision = writer.insert(0, ACCOUNTS)
    before, eras = writer.get(f"accounts?as_of={revision}&count=exact"), writer.eras()
    with writer.conn.transaction(force_rollback=True):
        begin_revision(writer.conn, actor="test", reason="fails")
        writer.conn.execute("UPDATE accounts SET status = 'closed'")
        assert writer.eras() != eras
    assert writer.eras() == eras
    assert writer.get(f"accounts?as_of={revision}&count=exact") == before
    again = writer.update(range(ACCOUNTS), 5)
    assert writer.get(f"accounts?as_of={again}&followers_min=5&count=exact")["page"]["count"]["value"] == ACCOUNTS
