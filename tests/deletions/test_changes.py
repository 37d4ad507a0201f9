"""Deleted, gone from everything that is read now, and kept out; erased, gone from everything that is kept too."""

import json
from typing import Any

import psycopg
import pytest
from psycopg import sql

from directory.changes.queries import ChangeRange, select_changes
from directory.deletions.changes import Deletion, DeletionNote, delete, readmit
from directory.deletions.errors import DeletionRefused
from directory.handles.changes import AuditNote as HandleWhy
from directory.handles.changes import rename
from tests.changes.reading import replay
from tests.deletions.conftest import MAYOR, TELLING, TOWN, Load, id_of

WHY = DeletionNote("test", "erasure_request", "whom it is about asked for it")


def remove(conn: psycopg.Connection, handle: str = "MayorExample", *, erasing: bool = False) -> Deletion:
    return delete(conn, id_of(conn, handle), WHY, with_erasure=erasing)


def everything(conn: psycopg.Connection) -> dict[str, str]:
    """Return all rows of all tables as text, but those that say what words there are."""
    tables = conn.execute(
        """
        SELECT c.relname FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND c.relname NOT IN ('search_words', 'search_readings', 'platforms', 'regions')
        """
    ).fetchall()
    return {
        table: "\n".join(
            str(row[0]) for row in conn.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table)))
        )
        for (table,) in tables
    }


def changes(conn: psycopg.Connection) -> list[dict[str, Any]]:
    latest = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    assert latest is not None
    return [json.loads(text) for text, *_ in select_changes(conn, ChangeRange.of(0, latest[0]), limit=10_000_000)]


def test_a_deleted_account_is_gone_and_its_tombstone_says_why(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    account_id = id_of(conn, "MayorExample")
    deleted = remove(conn)
    assert conn.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    assert conn.execute("SELECT count(*) FROM account_search").fetchone() == (1,)
    assert conn.execute("SELECT count(*) FROM statements WHERE account_id = %s", (account_id,)).fetchone() == (0,)
    assert conn.execute("SELECT count(*) FROM observations WHERE account_id = %s", (account_id,)).fetchone() == (0,)
    assert conn.execute(
        "SELECT revision, successor_id, category FROM tombstones WHERE id = %s", (account_id,)
    ).fetchone() == (
        deleted.revision,
        None,
        "erasure_request",
    )
    told = [each for each in changes(conn) if each["revision"] == deleted.revision and each["kind"] == "account"]
    assert [(each["action"], each["id"], each["reason"], each["after"]) for each in told] == [
        ("delete", account_id, WHY.reason, None)
    ]
    assert told[0]["before"]["name"] == "Zeruiah Example"


@pytest.mark.parametrize(
    "row",
    [
        MAYOR,
        {"platform": "x", "handle": "mayorexample", "name": "Other Name"},
        {"platform": "x", "platform_user_id": "98765432198", "handle": "NewHandle"},
        {"platform": "x", "handle": "ZeruiahExample"},
    ],
)
def test_no_import_brings_it_back_in_silence(load: Load, conn: psycopg.Connection, row: dict[str, Any]) -> None:
    load(MAYOR, TOWN)
    rename(conn, id_of(conn, "MayorExample"), "ZeruiahExample", HandleWhy("test", "renamed"))
    deleted = remove(conn, "ZeruiahExample")
    report = load({**row, "source": "cities"}, {**TOWN, "name": "Exampleton City"}, complete=True)
    assert (report.created, report.updated, report.rejected) == (0, 1, 1)
    ((_, line, error),) = report.errors
    assert (line, error.code) == (1, "deleted")
    assert f"{deleted.id} was deleted on 20" in error.message
    assert WHY.reason in error.message
    assert f"directory readmit {deleted.id}" in error.remedy
    assert conn.execute("SELECT handle FROM accounts").fetchall() == [("exampleton",)]


def test_another_account_that_has_the_handle_now_may_be_listed(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    remove(conn)
    assert load({"platform": "x", "handle": "MayorExample", "platform_user_id": "9999"}).created == 1
    # Of whom a row without a user id speaks from then on.
    assert load({"platform": "x", "handle": "MayorExample", "name": "Next"}).rejected == 0


def test_without_a_user_id_the_handle_is_the_identity(load: Load, conn: psycopg.Connection) -> None:
    load({**MAYOR, "platform_user_id": None}, TOWN)
    remove(conn)
    assert load(MAYOR).rejected == 1


def test_readmitted_it_comes_back_under_a_new_id(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    deleted = remove(conn)
    readmit(conn, deleted.id, actor="test", reason="elected again")
    assert load(MAYOR).created == 1
    assert id_of(conn, "MayorExample") != deleted.id
    with pytest.raises(DeletionRefused, match="there is nothing to do"):
        readmit(conn, deleted.id, actor="test", reason="again")


def test_what_keeps_it_out_tells_nothing(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    remove(conn)
    kept = conn.execute("SELECT s::text FROM suppressions AS s").fetchall()
    assert kept
    assert not [word for (text,) in kept for word in TELLING if word in text]


@pytest.mark.parametrize("is_later", [False, True])
def test_erased_nothing_in_the_database_tells_whose_it_was(
    load: Load, conn: psycopg.Connection, *, is_later: bool
) -> None:
    load(MAYOR, TOWN)
    load({**MAYOR, "name": "Zeruiah Example, Mayor", "source": "press"})
    rename(conn, id_of(conn, "MayorExample"), "ZeruiahExample", HandleWhy("test", "renamed"))
    account_id = id_of(conn, "ZeruiahExample")
    before = changes(conn)
    if is_later:
        delete(conn, account_id, WHY)
    delete(conn, account_id, WHY, with_erasure=True)
    found = {(table, word) for table, text in everything(conn).items() for word in TELLING if word in text}
    assert found == set()
    after = changes(conn)
    # What the feed has of all others is unchanged, and a new copy replays all of it.
    assert [each for each in after if each["kind"] == "account" and each["id"] != account_id] == [
        each for each in before if each["kind"] == "account" and each["id"] != account_id
    ]
    told = [each for each in after if each["id"] == account_id]
    assert [each["action"] for each in told] == ["create", "update", "update", "delete"]
    assert told[0]["after"]["department"]["name"] == "Mayor of Exampleton"
    copy = replay({}, after)
    assert {key for key in copy if key[0] in {"account", "handle"}} == {
        ("account", id_of(conn, "exampleton")),
        *(("handle", each) for (each,) in conn.execute("SELECT public_id FROM handles").fetchall()),
    }


def test_what_was_merged_into_an_erased_account_is_erased_too(load: Load, conn: psycopg.Connection) -> None:
    load({"platform": "x", "handle": "MayorExample", "name": "Zeruiah Example"})
    load({**MAYOR, "handle": "ZeruiahExample"})
    load(MAYOR)
    assert conn.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    (account_id,) = conn.execute("SELECT id FROM accounts").fetchone() or ("",)
    delete(conn, account_id, WHY, with_erasure=True)
    assert not [(table, word) for table, text in everything(conn).items() for word in TELLING if word in text]


def test_a_snapshot_that_has_it_is_named(load: Load, conn: psycopg.Connection) -> None:
    load(TOWN)
    conn.execute("INSERT INTO snapshots (revision, built_at, manifest) SELECT max(revision), now(), '' FROM revisions")
    with_it = load(MAYOR).revision
    conn.execute("INSERT INTO snapshots (revision, built_at, manifest) SELECT max(revision), now(), '' FROM revisions")
    deleted = remove(conn, erasing=True)
    assert deleted.snapshots == (with_it,)
    conn.execute("INSERT INTO snapshots (revision, built_at, manifest) VALUES (%s, now(), '')", (deleted.revision,))
    assert delete(conn, deleted.id, WHY, with_erasure=True).snapshots == (with_it,)


def test_a_department_goes_when_nothing_belongs_to_it(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    (department,) = conn.execute("SELECT id FROM departments").fetchone() or ("",)
    with pytest.raises(DeletionRefused, match="1 accounts and 0 departments belong to"):
        delete(conn, department, WHY)
    remove(conn)
    assert delete(conn, department, WHY).kind == "department"
    assert conn.execute("SELECT count(*) FROM departments").fetchone() == (0,)
    with pytest.raises(DeletionRefused, match="deleted already"):
        delete(conn, department, WHY)


@pytest.mark.parametrize(("record_id", "message"), [("nonsense", "is no id"), ("0000000", "no account or department")])
def test_an_id_that_is_none_is_refused(conn: psycopg.Connection, record_id: str, message: str) -> None:
    with pytest.raises(DeletionRefused, match=message):
        delete(conn, record_id, WHY)


def test_a_second_deletion_is_refused(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    deleted = remove(conn)
    latest = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    with pytest.raises(DeletionRefused, match="--erase"):
        delete(conn, deleted.id, WHY)
    assert conn.execute("SELECT max(revision) FROM revisions").fetchone() == latest


def test_who_was_replaced_by_it_is_replaced_by_nobody(load: Load, conn: psycopg.Connection) -> None:
    load(MAYOR, TOWN)
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'transfer')")
        conn.execute("UPDATE accounts SET replaced_by = %s WHERE handle = 'exampleton'", (id_of(conn, "MayorExample"),))
    remove(conn)
    assert conn.execute("SELECT replaced_by FROM accounts").fetchall() == [(None,)]
