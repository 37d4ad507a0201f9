"""Accounts that an operator knows to be one, and merges that were a mistake."""

from typing import Any

import psycopg
import pytest

from directory.lifecycle import handles, merges, statuses
from directory.refusals import Refused
from tests.handles.conftest import OTHER, UID, Load, account_of, holding, intervals
from tests.lifecycle.conftest import WHY, state
from tests.lifecycle.test_restoration import document

ONE: dict[str, Any] = {"handle": "one", "name": "One", "department": "Cars", "region": "US-OR", "status": "active"}
TWO: dict[str, Any] = {"handle": "two", "platform_user_id": OTHER, "name": "Two", "source": "t", "status": "dormant"}


def refuse(operation: Any, *arguments: Any) -> str:  # noqa: ANN401
    """Return the code with which an operation is refused."""
    with pytest.raises(Refused) as raised:
        operation(*arguments, WHY)
    assert raised.value.remedy
    return raised.value.code


def followers(conn: psycopg.Connection) -> dict[str, int | None]:
    """Return the latest followers of each account."""
    return dict(conn.execute("SELECT account_id, followers FROM account_followers").fetchall())


def test_a_merge_moves_everything_and_is_taken_apart_again(conn: psycopg.Connection, load: Load) -> None:
    load({**ONE, "followers": 5, "followers_at": "2024-05-05"}, {**TWO, "followers": 9, "followers_at": "2024-04-04"})
    one, two = holding(conn, "one").account_id or "", account_of(conn, OTHER)
    before = {each: document(conn, each) for each in (one, two)}
    counted = followers(conn)
    done = merges.merge(conn, one, two, WHY)
    assert done.inverse is not None
    assert conn.execute("SELECT successor_id FROM tombstones WHERE id = %s", (one,)).fetchone() == (two,)
    merged = document(conn, two)
    assert (merged["sources"], merged["department"]["name"], merged["handle"]) == (["s", "t"], "Cars", "two")
    assert {handle for handle, _, _ in intervals(conn, two)} == {"one", "two"}
    assert followers(conn) == {two: 5}
    # Rows about the former handle are about the survivor.
    assert load({**ONE, "tags": ["later"]}).created == 0
    back = merges.unmerge(conn, one, WHY)
    assert back.inverse is not None
    assert back.inverse.arguments == {"into": two}
    assert {each: document(conn, each) for each in (one, two)} == {
        one: before[one] | {"tags": ["later"]},
        two: before[two],
    }
    assert intervals(conn, one) == [("one", False, False)]
    assert intervals(conn, two) == [("two", False, False)]
    assert followers(conn) == counted
    assert not holding(conn, "one").is_quarantined
    assert refuse(merges.unmerge, conn, one) == "not-merged"
    assert load({**ONE, "name": "First"}, TWO).created == 0
    assert document(conn, one)["name"] == "First"


def test_a_source_that_listed_both_has_its_own_statement_of_each_again(conn: psycopg.Connection, load: Load) -> None:
    load({**TWO, "source": "s"}, {**ONE, "description": "First"})
    one, two = holding(conn, "one").account_id or "", account_of(conn, OTHER)
    before = {each: document(conn, each) for each in (one, two)}
    merges.merge(conn, one, two, WHY)
    assert document(conn, two)["description"] == "First"
    merges.unmerge(conn, one, WHY)
    assert {each: document(conn, each) for each in (one, two)} == before


def test_decisions_predecessors_and_former_ids_go_and_come_back(conn: psycopg.Connection, load: Load) -> None:
    load(ONE, TWO, {"handle": "three"}, {"handle": "four"})
    one, two = holding(conn, "one").account_id or "", account_of(conn, OTHER)
    three, four = (holding(conn, key).account_id or "" for key in ("three", "four"))
    merges.merge(conn, three, one, WHY)
    statuses.suspend(conn, one, WHY)
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'replaced')")
        conn.execute("UPDATE accounts SET replaced_by = %s WHERE id = ANY (%s)", (one, [two, four]))
    merges.merge(conn, one, two, WHY)
    assert (state(conn, two)["status"], state(conn, two)["replaced_by"]) == ("suspended", None)
    assert state(conn, four)["replaced_by"] == two
    assert refuse(merges.unmerge, conn, three) == "not-separable"
    merges.unmerge(conn, one, WHY)
    assert (state(conn, two)["status"], state(conn, two)["replaced_by"]) == ("dormant", one)
    assert state(conn, four)["replaced_by"] == one
    assert state(conn, one)["status"] == "suspended"
    assert conn.execute("SELECT successor_id FROM tombstones WHERE id = %s", (three,)).fetchone() == (one,)


def test_two_accounts_that_cannot_be_one_are_refused(conn: psycopg.Connection, load: Load) -> None:
    load(ONE, TWO, {"handle": "three", "platform_user_id": UID}, {"platform": "x", "handle": "nasa"})
    one, two, three = holding(conn, "one").account_id or "", account_of(conn, OTHER), account_of(conn, UID)
    assert refuse(merges.merge, conn, one, one) == "itself"
    assert refuse(merges.merge, conn, one, holding(conn, "nasa", "x").account_id) == "other-platform"
    assert refuse(merges.merge, conn, two, three) == "other-user-id"
    assert refuse(merges.merge, conn, two, one) == "has-user-id"
    assert refuse(merges.merge, conn, "0000000", one) == "unknown-account"
    assert refuse(merges.unmerge, conn, "0000000") == "unknown-account"
    # The import knows by the user id that they are one.
    load({"handle": "one", "platform_user_id": OTHER})
    assert refuse(merges.unmerge, conn, one) == "not-separable"


def test_an_account_whose_handle_the_survivor_took_does_not_come_back(conn: psycopg.Connection, load: Load) -> None:
    load(ONE, TWO)
    one, two = holding(conn, "one").account_id or "", account_of(conn, OTHER)
    merges.merge(conn, one, two, WHY)
    handles.rename(conn, two, "one", WHY)
    assert refuse(merges.unmerge, conn, one) == "handle-taken"
    handles.rename(conn, two, "two", WHY)
    merges.unmerge(conn, one, WHY)
    assert state(conn, one)["handle"] == "one"
