"""Many write while others read: nothing is missed, nothing comes twice, and the order is that of the commits."""

import random
import threading
import time
from contextlib import suppress

import psycopg
from flask.testing import FlaskClient

from directory.database.connections import Database
from directory.database.revisions import begin_revision
from tests.accounts.conftest import insert_account
from tests.changes.reading import Change, get, places, read_on, wait_for

WRITERS = 4
WRITES = 12


def write_slowly(url: str, writer: int) -> None:
    """Commit revisions of a few accounts each, with pauses within and between them; give some of them up."""
    chance = random.Random(writer)  # noqa: S311 - not for secrets
    with psycopg.connect(url, autocommit=True) as conn:
        for number in range(WRITES):
            time.sleep(chance.random() * 0.03)
            with suppress(ZeroDivisionError), conn.transaction():
                begin_revision(conn, actor=f"writer {writer}", reason=f"write {number}")
                for place in range(chance.randrange(1, 4)):
                    insert_account(conn, 0, {"handle": f"w{writer}n{number}p{place}"})
                    time.sleep(chance.random() * 0.01)
                if chance.random() < 0.2:
                    raise ZeroDivisionError


def follow(client: FlaskClient, since: int, limit: int, done: threading.Event) -> list[Change]:
    """Poll until all is written and read."""
    changes: list[Change] = []
    cursor: str | None = None
    while True:
        is_last = done.is_set()
        page = get(client, since=since, limit=limit, **({"cursor": cursor} if cursor else {}))
        changes += page["data"]
        cursor = page["page"]["next"]
        if cursor is None:
            since = page["through"]["revision"]
            if is_last:
                return changes


def test_a_reader_that_polls_all_the_while_misses_nothing(
    client: FlaskClient, database: Database, database_url: str
) -> None:
    start = database.revision
    done = threading.Event()
    seen: dict[int, list[Change]] = {}
    app = client.application
    readers = [
        threading.Thread(target=lambda limit=limit: seen.update({limit: follow(app.test_client(), start, limit, done)}))
        for limit in (1, 3, 1000)
    ]
    writers = [threading.Thread(target=write_slowly, args=(database_url, number)) for number in range(WRITERS)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    with psycopg.connect(database_url) as conn:
        query = "SELECT revision, sequence FROM versions WHERE revision > %s ORDER BY revision, sequence"
        written = conn.execute(query, (start,)).fetchall()
    wait_for(database, written[-1][0])
    done.set()
    for thread in readers:
        thread.join()
    assert len(written) > WRITERS * WRITES
    assert set(seen) == {1, 3, 1000}
    for changes in seen.values():
        assert places(changes) == written
    assert read_on(client, start)[0] == seen[1]
