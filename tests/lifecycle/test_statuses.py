"""What operators decide of the status of accounts, and what imports, probes and posts say afterwards."""

import datetime as dt
from typing import Any

import psycopg
import pytest

from directory.lifecycle import statuses
from directory.refusals import Refused
from tests.handles.conftest import OTHER, UID, Load, account_of, holding
from tests.lifecycle.conftest import WHY, state

ROW: dict[str, Any] = {"handle": "one", "platform_user_id": UID, "status": "active", "name": "One"}


def statuses_of(conn: psycopg.Connection, account_id: str) -> tuple[str, str | None]:
    """Return the status of an account and the date of its end."""
    found = state(conn, account_id)
    return found["status"], found["closed_on"]


def refuse(conn: psycopg.Connection, operation: Any, account_id: str, **more: Any) -> str:  # noqa: ANN401
    """Return the code with which an operation is refused; it writes nothing."""
    before = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    with pytest.raises(Refused) as raised:
        operation(conn, account_id, WHY, **more)
    assert conn.execute("SELECT max(revision) FROM revisions").fetchone() == before
    assert raised.value.remedy
    return raised.value.code


def test_a_suspended_account_stays_suspended_whatever_imports_say_until_it_is_resumed(
    conn: psycopg.Connection, load: Load
) -> None:
    load(ROW)
    account = account_of(conn, UID)
    done = statuses.suspend(conn, account, WHY)
    assert done.before is not None
    assert done.before["status"] == "active"
    assert done.inverse is not None
    assert done.inverse.operation == "resume"
    load(ROW)
    load({**ROW, "name": "Another"})
    load({**ROW, "name": "Another", "source": "t", "status": "closed", "closed_on": "2020-01-01"})
    assert state(conn, account)["status"] == "suspended"
    assert conn.execute("SELECT name FROM accounts").fetchone() == ("Another",)
    # A source says by now that it was closed: to resume it is to decide that it runs.
    statuses.resume(conn, account, WHY)
    assert statuses_of(conn, account) == ("active", None)
    load({**ROW, "source": "t", "status": "closed", "closed_on": "2021-01-01"})
    assert statuses_of(conn, account) == ("active", None)


def test_resuming_leaves_the_status_to_the_sources_again(conn: psycopg.Connection, load: Load) -> None:
    load(ROW)
    account = account_of(conn, UID)
    statuses.suspend(conn, account, WHY)
    load({**ROW, "status": "dormant"})
    statuses.resume(conn, account, WHY)
    assert state(conn, account)["status"] == "dormant"
    load({**ROW, "status": "closed", "closed_on": "2020-01-01"})
    assert statuses_of(conn, account) == ("closed", "2020-01-01")
    assert refuse(conn, statuses.suspend, account) == "closed"


def test_a_closed_account_has_its_day_and_reopens_as_what_it_was(conn: psycopg.Connection, load: Load) -> None:
    load({**ROW, "opened_on": "2015-05-05"})
    account = account_of(conn, UID)
    statuses.suspend(conn, account, WHY)
    assert refuse(conn, statuses.close, account, on=dt.date(2010, 1, 1)) == "too-early"
    assert refuse(conn, statuses.close, account, on=dt.date(2999, 1, 1)) == "in-the-future"
    statuses.close(conn, account, WHY, on=dt.date(2020, 5, 5))
    assert statuses_of(conn, account) == ("closed", "2020-05-05")
    # An opening after the end contradicts what was decided, and is left out.
    load({**ROW, "opened_on": "2022-05-05"})
    assert statuses_of(conn, account) == ("closed", "2020-05-05")
    done = statuses.reopen(conn, account, WHY)
    assert done.inverse is not None
    assert done.inverse.arguments == {"on": "2020-05-05"}
    assert statuses_of(conn, account) == ("suspended", None)
    statuses.resume(conn, account, WHY)
    assert statuses_of(conn, account) == ("active", None)


def test_an_end_that_a_source_states_is_taken_back_by_a_decision(conn: psycopg.Connection, load: Load) -> None:
    load({**ROW, "status": "closed", "closed_on": "2020-01-01"})
    account = account_of(conn, UID)
    statuses.reopen(conn, account, WHY)
    assert statuses_of(conn, account) == ("active", None)
    load({**ROW, "status": "closed", "closed_on": "2020-01-02"})
    assert statuses_of(conn, account) == ("active", None)
    statuses.close(conn, account, WHY, on=dt.date(2020, 1, 1))
    assert statuses_of(conn, account) == ("closed", "2020-01-01")


def test_what_is_reopened_is_suspended_if_the_sources_say_so(conn: psycopg.Connection, load: Load) -> None:
    load({**ROW, "status": "suspended"})
    account = account_of(conn, UID)
    statuses.close(conn, account, WHY, on=None)
    statuses.reopen(conn, account, WHY)
    assert statuses_of(conn, account) == ("suspended", None)
    statuses.resume(conn, account, WHY)
    assert statuses_of(conn, account) == ("active", None)


def test_each_operation_is_refused_where_it_does_not_fit(conn: psycopg.Connection, load: Load) -> None:
    load(ROW)
    account = account_of(conn, UID)
    assert refuse(conn, statuses.resume, account) == "not-suspended"
    assert refuse(conn, statuses.reopen, account) == "not-closed"
    statuses.suspend(conn, account, WHY)
    assert refuse(conn, statuses.suspend, account) == "suspended-already"
    statuses.close(conn, account, WHY, on=None)
    assert refuse(conn, statuses.close, account, on=None) == "closed-already"
    assert refuse(conn, statuses.resume, account) == "not-suspended"
    assert refuse(conn, statuses.suspend, "0000000") == "unknown-account"


def test_a_decision_that_an_account_ended_holds_against_probes_and_posts(conn: psycopg.Connection, load: Load) -> None:
    load(ROW)
    account = account_of(conn, UID)
    conn.execute("INSERT INTO account_activity (account_id, status) VALUES (%s, 'dormant')", (account,))
    statuses.suspend(conn, account, WHY)
    load({**ROW, "name": "Another"})
    assert state(conn, account)["status"] == "suspended"
    statuses.resume(conn, account, WHY)
    assert state(conn, account)["status"] == "dormant"


def test_a_probe_that_found_an_end_is_outranked_and_the_next_one_is_news(conn: psycopg.Connection, load: Load) -> None:
    load(ROW)
    account = account_of(conn, UID)
    conn.execute(
        """
        INSERT INTO account_probes (account_id, handle_key, asked_at, method, outcome, evidence, status)
        VALUES (%s, 'one', now(), 'profile-page', 'suspended', '{}', 'suspended')
        """,
        (account,),
    )
    load({**ROW, "name": "Another"})
    assert state(conn, account)["status"] == "suspended"
    statuses.resume(conn, account, WHY)
    assert state(conn, account)["status"] == "active"
    load({**ROW, "name": "A third"})
    assert state(conn, account)["status"] == "active"
    conn.execute("UPDATE account_probes SET status = 'closed'")
    load({**ROW, "name": "A fourth"})
    assert state(conn, account)["status"] == "closed"


def test_accounts_that_turn_out_to_be_one_keep_what_was_decided(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "old"}, {"platform_user_id": OTHER})
    loser = holding(conn, "old").account_id or ""
    statuses.suspend(conn, loser, WHY)
    load({"handle": "old", "platform_user_id": OTHER, "status": "active"})
    survivor = account_of(conn, OTHER)
    assert survivor != loser
    assert state(conn, survivor)["status"] == "suspended"


def test_an_account_of_which_no_source_says_anything_gets_its_own_status_back(
    conn: psycopg.Connection, load: Load
) -> None:
    load(ROW)
    account = account_of(conn, UID)
    conn.execute("DELETE FROM statements")
    statuses.suspend(conn, account, WHY)
    statuses.close(conn, account, WHY, on=None)
    statuses.reopen(conn, account, WHY)
    statuses.resume(conn, account, WHY)
    assert statuses_of(conn, account) == ("active", None)
