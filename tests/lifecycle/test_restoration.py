"""Accounts that were deleted by mistake come back as they were."""

import datetime as dt
import json
from typing import Any

import psycopg
import pytest

from directory.accounts.queries.account import select_tombstone
from directory.database.point_in_time import PointInTime
from directory.deletions import changes
from directory.deletions.changes import DeletionNote
from directory.handles.changes import unquarantine
from directory.lifecycle import deletion, handles, statuses
from directory.refusals import Refused
from tests.handles.conftest import OTHER, UID, Load, account_of, holding
from tests.lifecycle.conftest import WHY, state

NOW = dt.datetime.now(dt.UTC)
ROW: dict[str, Any] = {
    "handle": "CityHall", "platform_user_id": UID, "status": "active", "name": "City Hall", "name_zh": "市政厅",
    "description": "The hall", "department": "Bureau of Cars", "region": "US-OR", "opened_on": "2015-05-05",
    "tags": ["hall"], "language": "en",
}  # fmt: skip


def document(conn: psycopg.Connection, account_id: str) -> dict[str, Any]:
    """Return the public document of an account, without its revision and times."""
    row = conn.execute("SELECT document FROM accounts WHERE id = %s", (account_id,)).fetchone()
    assert row is not None
    read: dict[str, Any] = json.loads(row[0])
    return {key: value for key, value in read.items() if key not in {"revision", "created_at", "updated_at"}}


def refuse(conn: psycopg.Connection, account_id: str) -> str:
    """Return the code with which a restoration is refused."""
    with pytest.raises(Refused) as raised:
        deletion.restore(conn, account_id, WHY)
    return raised.value.code


def test_a_restored_account_is_what_it_was_and_imports_go_on_with_it(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, {"handle": "two", "platform_user_id": OTHER})
    account = account_of(conn, UID)
    statuses.suspend(conn, account, WHY)
    before = document(conn, account)
    done = deletion.delete(conn, account, WHY, category="mistake")
    assert (done.after, done.inverse and done.inverse.operation) == (None, "restore")
    assert load(ROW, skip_invalid=True).created == 0
    done = deletion.restore(conn, account, WHY)
    assert done.before is None
    assert document(conn, account) == before
    # The holder never lost the handle, and no decision was lost.
    (release,) = holding(conn, "cityhall").releases
    assert (holding(conn, "cityhall").account_id, release.account_id) == (account, account)
    assert not holding(conn, "cityhall").is_quarantined
    load(ROW)
    assert document(conn, account) == before
    load({**ROW, "name": "Town Hall"})
    assert conn.execute("SELECT name, status FROM accounts WHERE id = %s", (account,)).fetchone() == (
        "Town Hall",
        "suspended",
    )
    statuses.resume(conn, account, WHY)
    assert state(conn, account)["status"] == "active"
    actions = conn.execute("SELECT action FROM versions WHERE id = %s ORDER BY revision", (account,)).fetchall()
    assert [action for (action,) in actions][:4] == ["create", "update", "delete", "create"]


def test_the_time_in_which_an_account_was_deleted_stays_one(conn: psycopg.Connection, load: Load) -> None:
    load(ROW)
    account = account_of(conn, UID)
    deleted = deletion.delete(conn, account, WHY, category="mistake").revision or 0
    restored = deletion.restore(conn, account, WHY).revision or 0
    assert select_tombstone(conn, account) is None
    found = select_tombstone(conn, account, PointInTime(deleted, "", NOW, 1, 1))
    assert found is not None
    assert (found.revision, found.category) == (deleted, "mistake")
    assert select_tombstone(conn, account, PointInTime(restored, "", NOW, 1, 1)) is None


def test_it_comes_back_without_a_handle_that_another_account_has_by_now(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, {"handle": "alone"})
    account, alone = account_of(conn, UID), holding(conn, "alone").account_id or ""
    deletion.delete(conn, account, WHY, category="mistake")
    deletion.delete(conn, alone, WHY, category="mistake")
    load({"handle": "CityHall", "platform_user_id": OTHER}, {"handle": "three", "platform_user_id": "3333333333"})
    unquarantine(conn, "weibo", "alone", WHY)
    handles.rename(conn, account_of(conn, "3333333333"), "alone", WHY)
    deletion.restore(conn, account, WHY)
    assert state(conn, account)["handle"] is None
    assert holding(conn, "cityhall").is_quarantined
    assert refuse(conn, alone) == "handle-taken"
    handles.rename(conn, account_of(conn, "3333333333"), "elsewhere", WHY)
    deletion.restore(conn, alone, WHY)
    assert state(conn, alone)["handle"] == "alone"


def test_what_must_not_come_back_is_refused(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, {"handle": "two", "platform_user_id": OTHER}, {"handle": "three", "platform_user_id": "3333333333"})
    one, two, three = account_of(conn, UID), account_of(conn, OTHER), account_of(conn, "3333333333")
    assert refuse(conn, one) == "not-deleted"
    assert refuse(conn, "0000000") == "unknown-id"
    assert deletion.delete(conn, one, WHY, category="erasure_request").inverse is None
    assert refuse(conn, one) == "not-restorable"
    statuses.suspend(conn, two, WHY)
    changes.delete(conn, two, DeletionNote("test", "mistake", "test"), with_erasure=True)
    assert refuse(conn, two) == "erased"
    assert conn.execute("SELECT count(*) FROM account_decisions").fetchone() == (0,)
    deletion.delete(conn, three, WHY, category="mistake")
    changes.readmit(conn, three, actor="test", reason="test")
    load({"handle": "three", "platform_user_id": "3333333333"})
    assert refuse(conn, three) == "user-id-taken"
