"""A replay of the changes gives the registry, to the byte."""

import json
from itertools import pairwise
from typing import LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings

from directory.changes.queries import ChangeRange, copy_changes, select_changes
from directory.changes.schemas import ChangeSchema
from directory.database.revisions import begin_revision
from tests.changes.histories import MERGE, STEPS, Step, latest, records, take
from tests.changes.reading import dump, replay


@pytest.fixture(scope="session")
def shared_database_url(shared_database_url_of_few_regions: str) -> str:
    """Return the URL of the database of `conn`: every record is read before and after."""
    return shared_database_url_of_few_regions


EXAMPLES = settings(
    max_examples=15,
    deadline=None,
    # Each example is rolled back whole.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def read_all(conn: psycopg.Connection, since: int, limit: int) -> list[str]:
    """Return the text of every change after a revision, in pages."""
    stretch = ChangeRange.of(since, latest(conn))
    texts: list[str] = []
    while rows := select_changes(conn, stretch, limit=limit):
        texts += [text for text, *_ in rows]
        stretch = ChangeRange(after=rows[-1][1:3], before=stretch.before)
    return texts


@EXAMPLES
@given(steps=STEPS)
@example(steps=MERGE)
def test_a_copy_and_the_changes_since_make_the_registry_byte_for_byte(
    conn: psycopg.Connection, steps: list[Step]
) -> None:
    with conn.transaction(force_rollback=True):
        before, since = records(conn), latest(conn)
        for step in steps:
            take(conn, step)
        texts = read_all(conn, since, limit=7)
        changes = [json.loads(text) for text in texts]
        assert [dump(change) for change in changes] == texts
        assert replay(before, changes) == records(conn)
        assert [ChangeSchema().validate(change) for change in changes] == [{}] * len(changes)
        with conn.cursor() as cursor, copy_changes(cursor, ChangeRange.of(since, latest(conn))) as rows:
            assert b"".join(map(bytes, rows)).decode() == "".join(f"{text}\n" for text in texts)


def test_the_changes_begin_with_nothing(conn: psycopg.Connection) -> None:
    for step in MERGE:
        take(conn, step)
    changes = [json.loads(text) for text in read_all(conn, 0, limit=1000)]
    assert replay({}, changes) == records(conn)


def test_what_turned_out_to_be_one_leaves_word_of_what_it_is_now(conn: psycopg.Connection) -> None:
    since = latest(conn)
    for step in MERGE:
        take(conn, step)
    changes = [json.loads(text) for text in read_all(conn, since, limit=1000)]
    went = {change["kind"]: change for change in changes if change["action"] == "merge"}
    stayed = {kind: change["replaced_by"] for kind, change in went.items()}
    assert went.keys() == {"account", "handle"}
    assert all(change["after"] is None and change["before"]["id"] == change["id"] for change in went.values())
    kept = records(conn)
    assert all((kind, successor) in kept for kind, successor in stayed.items())


def test_a_merge_is_told_as_it_was_though_the_successor_is_merged_later(conn: psycopg.Connection) -> None:
    ids = [
        insert_row(conn, "INSERT INTO accounts (platform, platform_user_id) VALUES ('weibo', %s) RETURNING id", number)
        for number in "123"
    ]
    since = latest(conn)
    for loser, successor in pairwise(ids):
        begin_revision(conn, actor="editor", reason="entered twice")
        conn.execute("UPDATE tombstones SET successor_id = %s WHERE successor_id = %s", (successor, loser))
        conn.execute("INSERT INTO tombstones VALUES ('account', %s, %s, current_revision())", (loser, successor))
        conn.execute("DELETE FROM accounts WHERE id = %s", (loser,))
    changes = [json.loads(text) for text in read_all(conn, since, limit=1000)]
    assert [(change["id"], change["replaced_by"]) for change in changes] == list(pairwise(ids))


def test_an_account_is_told_before_its_handle(conn: psycopg.Connection) -> None:
    since = latest(conn)
    take(conn, ("mention", 0, 0))
    told = [json.loads(text)["kind"] for text in read_all(conn, since, limit=1000)]
    assert told == ["source", "account", "handle", "observations"]


def test_a_department_is_told_before_the_accounts_that_name_it(conn: psycopg.Connection) -> None:
    take(conn, ("claim", 0, 0))
    since = latest(conn)
    take(conn, ("department", 0, 0))
    told = [json.loads(text)["kind"] for text in read_all(conn, since, limit=1000)]
    assert told == ["department", "account"]


def insert_row(conn: psycopg.Connection, statement: LiteralString, value: str) -> str:
    """Insert a row in a revision of its own, and give its id."""
    begin_revision(conn, actor="editor", reason="new")
    row = conn.execute(statement, (value,)).fetchone()
    assert row is not None
    return str(row[0])
