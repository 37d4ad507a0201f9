"""Transfers of accounts to other departments and to other accounts."""

from typing import Any

import psycopg
import pytest

from directory.deletions import changes as deletions
from directory.deletions.changes import DeletionNote
from directory.lifecycle import transfers
from directory.refusals import Refused
from tests.handles.conftest import OTHER, UID, Load, account_of
from tests.lifecycle.conftest import WHY, state

ROW: dict[str, Any] = {
    "handle": "one", "platform_user_id": UID, "department": "Bureau of Cars", "region": "US-OR", "name": "One",
}  # fmt: skip
NEXT: dict[str, Any] = {
    "handle": "two", "platform_user_id": OTHER, "department": "Bureau of Ships", "region": "US-OH", "name": "Two",
}  # fmt: skip


def department_of(conn: psycopg.Connection, name: str) -> str:
    """Return the id of a department."""
    row = conn.execute("SELECT id FROM departments WHERE name = %s", (name,)).fetchone()
    assert row is not None
    return str(row[0])


def place(conn: psycopg.Connection, account_id: str) -> tuple[str, str]:
    """Return the department and the region of an account."""
    found = state(conn, account_id)
    return found["department"], found["region"]


def test_a_transfer_moves_an_account_with_its_region_and_no_import_moves_it_back(
    conn: psycopg.Connection, load: Load
) -> None:
    load(ROW, NEXT)
    account, ships = account_of(conn, UID), department_of(conn, "Bureau of Ships")
    done = transfers.transfer_to_department(conn, account, ships, WHY)
    assert place(conn, account) == ("Bureau of Ships", "US-OH")
    assert done.before is not None
    assert done.before["region"] == "US-OR"
    load({**ROW, "name": "Another"})
    assert place(conn, account) == ("Bureau of Ships", "US-OH")
    # The search finds it by the name of its department.
    assert conn.execute("SELECT count(*) FROM search_pending").fetchone() == (0,)
    done = transfers.transfer_to_department(conn, account, None, WHY)
    assert done.inverse is not None
    assert done.inverse.arguments == {"department": ships}
    assert place(conn, account) == ("Bureau of Cars", "US-OR")
    load({**ROW, "department": "Bureau of Trams"})
    assert place(conn, account) == ("Bureau of Trams", "US-OR")


def test_transfers_are_taken_back_one_by_one(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, NEXT, {"handle": "three", "department": "Bureau of Trams", "region": "US"})
    account = account_of(conn, UID)
    for name in ("Bureau of Ships", "Bureau of Trams"):
        transfers.transfer_to_department(conn, account, department_of(conn, name), WHY)
    assert place(conn, account) == ("Bureau of Trams", "US")
    transfers.transfer_to_department(conn, account, None, WHY)
    assert place(conn, account) == ("Bureau of Ships", "US-OH")
    transfers.transfer_to_department(conn, account, None, WHY)
    assert place(conn, account) == ("Bureau of Cars", "US-OR")


def test_an_account_of_which_no_source_says_anything_is_transferred_back(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, NEXT)
    account = account_of(conn, UID)
    conn.execute("DELETE FROM statements")
    transfers.transfer_to_department(conn, account, department_of(conn, "Bureau of Ships"), WHY)
    transfers.transfer_to_department(conn, account, None, WHY)
    assert place(conn, account) == ("Bureau of Cars", "US-OR")


def test_an_account_is_not_transferred_back_to_a_department_that_is_gone(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, NEXT)
    account, cars = account_of(conn, UID), department_of(conn, "Bureau of Cars")
    conn.execute("DELETE FROM statements WHERE account_id = %s", (account,))
    transfers.transfer_to_department(conn, account, department_of(conn, "Bureau of Ships"), WHY)
    deletions.delete(conn, cars, DeletionNote("test", "mistake", "test"))
    transfers.transfer_to_department(conn, account, None, WHY)
    assert state(conn, account)["department"] is None


def test_the_account_of_a_person_stays_in_its_region(conn: psycopg.Connection, load: Load) -> None:
    load({**ROW, "subject": "person"}, NEXT)
    account, ships = account_of(conn, UID), department_of(conn, "Bureau of Ships")
    transfers.transfer_to_department(conn, account, ships, WHY)
    load({**ROW, "subject": "person", "name": "Another"})
    assert place(conn, account) == ("Bureau of Ships", "US-OR")


def test_a_transfer_follows_a_department_that_is_merged(conn: psycopg.Connection, load: Load) -> None:
    load(
        ROW,
        {**NEXT, "external_ids": ["isni:0000000121032683"]},
        {"handle": "three", "department": "Ships", "region": "US-OH"},
    )
    account = account_of(conn, UID)
    transfers.transfer_to_department(conn, account, department_of(conn, "Ships"), WHY)
    load({"handle": "three", "department": "Ships", "region": "US-OH", "external_ids": ["isni:0000000121032683"]})
    load({**ROW, "name": "Another"})
    (left,) = {place(conn, account)[0]} & {"Ships", "Bureau of Ships"}
    assert conn.execute("SELECT count(*) FROM departments WHERE name = %s", (left,)).fetchone() == (1,)


def test_what_cannot_be_transferred_is_refused(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, NEXT)
    account, other = account_of(conn, UID), account_of(conn, OTHER)
    cars = department_of(conn, "Bureau of Cars")
    for target, code in (
        (cars, "same-department"),
        ("0000000", "unknown-department"),
        (other, "unknown-department"),
        (None, "not-transferred"),
    ):
        with pytest.raises(Refused) as raised:
            transfers.transfer_to_department(conn, account, target, WHY)
        assert raised.value.code == code
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'gone')")
        conn.execute("INSERT INTO tombstones VALUES ('department', '1111113', NULL, current_revision())")
        conn.execute("INSERT INTO tombstones VALUES ('department', '2222226', %s, current_revision())", (cars,))
    for target, code in (("1111113", "deleted-department"), ("2222226", "merged-department")):
        with pytest.raises(Refused) as raised:
            transfers.transfer_to_department(conn, account, target, WHY)
        assert raised.value.code == code


def test_a_successor_is_named_and_taken_back(conn: psycopg.Connection, load: Load) -> None:
    load(ROW, NEXT)
    account, other = account_of(conn, UID), account_of(conn, OTHER)
    with pytest.raises(Refused, match="took over"):
        transfers.transfer_to_account(conn, account, None, WHY)
    done = transfers.transfer_to_account(conn, account, other, WHY)
    assert state(conn, account)["replaced_by"] == other
    assert done.inverse is not None
    assert done.inverse.arguments == {"successor": None}
    assert transfers.transfer_to_account(conn, account, other, WHY).revision is None
    transfers.transfer_to_account(conn, account, None, WHY)
    assert state(conn, account)["replaced_by"] is None
