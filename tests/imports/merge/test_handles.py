"""What imports do to the life of handles: news changes them, stale lists do not, merges release nothing."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from directory.imports.report import Report, RowsRejected

Load = Callable[..., Report]
Accounts = Callable[[], list[dict[str, Any]]]

UID = "2679652763"
OTHER = "1234567890"


def weibo(**row: object) -> dict[str, object]:
    return {"platform": "weibo", "source": "s", **row}


def life(conn: psycopg.Connection, account_id: str) -> list[tuple[str, bool]]:
    """Return the handles of an account in the order of time, and whether it holds them."""
    return conn.execute(
        """
        SELECT handle, valid_to IS NULL FROM handles WHERE account_id = %s
         ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
        """,
        (account_id,),
    ).fetchall()


def clear(conn: psycopg.Connection, handle_key: str) -> None:
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'cleared')")
        conn.execute("INSERT INTO quarantine_exemptions (platform, handle_key) VALUES ('weibo', %s)", (handle_key,))


def test_a_row_without_user_id_and_with_a_released_handle_is_about_the_account_that_released_it(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    load([weibo(handle="new", platform_user_id=UID)])
    stale = [weibo(handle="old", source="t", name="Name", followers=5, followers_at="2020-01-01")]
    report = load(stale)
    (account,) = accounts()
    assert (report.created, report.updated, report.renamed, report.quarantined) == (0, 1, 0, [])
    assert (account["handle"], account["url"], account["name"]) == ("new", "https://weibo.com/new", "Name")
    assert (account["sources"], account["followers"]["count"]) == (["s", "t"], 5)
    assert load(stale).revision is None
    assert load([weibo(handle="old", source="t", name="Other")]).renamed == 0
    assert life(conn, account["id"]) == [("old", False), ("new", True)]


def test_a_stale_row_gives_no_handle_to_an_account_that_has_none_now(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'released')")
        conn.execute("UPDATE accounts SET (handle, handle_key, url) = (NULL, NULL, 'https://weibo.com/u/1')")
    for row in (weibo(handle="old", source="t"), weibo(handle="old", platform_user_id=UID, name="N")):
        load([row])
        (account,) = accounts()
        assert (account["handle"], account["url"]) == (None, "https://weibo.com/u/1")
    assert load([weibo(handle="old", platform_user_id=UID, source="u")]).renamed == 0
    assert accounts()[0]["handle"] == "old"


def test_a_list_that_says_what_it_always_said_does_not_undo_a_rename(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    load([weibo(handle="new", platform_user_id=UID, source="t")])
    # News, but not of the handle.
    assert load([weibo(handle="old", platform_user_id=UID, name="Name")]).renamed == 0
    assert (accounts()[0]["handle"], accounts()[0]["name"]) == ("new", "Name")


def test_a_user_id_with_its_old_handle_is_a_rename_back(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    for handle in ("old", "new", "old", "new"):
        report = load([weibo(handle=handle, platform_user_id=UID)])
        assert report.quarantined == []
    assert life(conn, accounts()[0]["id"]) == [("old", False), ("new", False), ("old", False), ("new", True)]


def test_a_source_that_leaves_the_handle_out_releases_nothing(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="cdfb", platform_user_id=UID)])
    load([weibo(platform_user_id=UID, name="Name")])
    (account,) = accounts()
    assert (account["handle"], account["url"]) == ("cdfb", "https://weibo.com/cdfb")


def test_a_rename_and_a_stale_row_in_one_file_are_the_rename(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    load([weibo(handle="new", platform_user_id=UID), weibo(handle="old", source="t")])
    assert [account["handle"] for account in accounts()] == ["new"]


def test_another_letter_case_keeps_the_interval(conn: psycopg.Connection, load: Load, accounts: Accounts) -> None:
    load([weibo(handle="cdfb", platform_user_id=UID)])
    assert load([weibo(handle="CDFB", platform_user_id=UID)]).renamed == 0
    assert life(conn, accounts()[0]["id"]) == [("CDFB", True)]


def test_an_unquarantined_handle_without_user_id_is_a_new_account_unless_it_was_stated_before(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID), weibo(handle="old", source="t")])
    load([weibo(handle="new", platform_user_id=UID)])
    clear(conn, "old")
    assert load([weibo(handle="old", source="t", name="Name")]).created == 0
    report = load([weibo(handle="old", source="u")])
    assert (report.created, report.quarantined) == (1, [])
    assert sorted(account["handle"] for account in accounts()) == ["new", "old"]


def test_who_gave_a_handle_up_is_not_the_account_that_took_it_up(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    load([weibo(handle="new", platform_user_id=UID)])
    clear(conn, "old")
    load([weibo(handle="old", source="u")])
    (holder,) = (account["id"] for account in accounts() if account["handle"] == "old")
    with pytest.raises(RowsRejected) as raised:
        load([weibo(handle="old", platform_user_id=UID, source="v")])
    (_, _, error) = raised.value.report.errors[0]
    assert error.code == "handle-released"
    assert holder in error.message
    assert len(accounts()) == 2


def test_a_list_that_is_behind_can_still_say_other_things_when_the_handle_is_anothers(
    load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    load([weibo(handle="new", platform_user_id=UID, source="t")])
    load([weibo(handle="old", platform_user_id=OTHER, source="u")])
    report = load([weibo(handle="old", platform_user_id=UID, name="Name")])
    assert (report.updated, report.renamed, report.merged) == (1, 0, 0)
    assert {account["platform_user_id"]: (account["handle"], account["name"]) for account in accounts()} == {
        UID: ("new", "Name"),
        OTHER: ("old", None),
    }


def test_an_account_that_takes_up_a_released_handle_is_remarked(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="old", platform_user_id=UID), weibo(handle="bb", platform_user_id=OTHER)])
    load([weibo(handle="new", platform_user_id=UID)])
    report = load([weibo(handle="old", platform_user_id=OTHER)])
    ids = {account["platform_user_id"]: account["id"] for account in accounts()}
    (taken,) = report.quarantined
    assert (taken.account_id, taken.is_new, taken.released_by) == (ids[OTHER], False, ids[UID])
    assert f"account {ids[OTHER]} takes up a handle" in str(taken)


def test_a_merge_releases_nothing_and_the_successor_inherits_the_interval(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="cdfb")])
    load([weibo(platform_user_id=UID, source="b")])
    report = load([weibo(handle="cdfb", platform_user_id=UID, source="c")])
    assert (report.merged, report.quarantined) == (1, [])
    (account,) = accounts()
    assert conn.execute("SELECT account_id, handle, valid_from, valid_to FROM handles").fetchall() == [
        (account["id"], "cdfb", None, None)
    ]
    assert conn.execute("SELECT count(*) FROM handle_quarantines").fetchone() == (0,)


def test_a_merge_of_two_with_handles_makes_one_life_of_both(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="one"), weibo(handle="two", platform_user_id=UID)])
    loser = next(account["id"] for account in accounts() if account["platform_user_id"] is None)
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'cleared')")
        conn.execute("INSERT INTO quarantine_exemptions VALUES ('weibo', 'x', %s)", (loser,))
    load([weibo(handle="one", platform_user_id=UID)])
    (account,) = accounts()
    assert account["handle"] == "one"
    assert life(conn, account["id"]) == [("two", False), ("one", True)]
    assert conn.execute("SELECT account_id FROM quarantine_exemptions").fetchall() == [(account["id"],)]
    # What the successor inherited and does not go on to hold is released by it.
    load([weibo(handle="three")])
    load([weibo(handle="three", platform_user_id=UID, source_id="1"), weibo(handle="one", platform_user_id=UID)])
    assert life(conn, account["id"])[-1] == (accounts()[0]["handle"], True)
    overlaps = conn.execute(
        """
        SELECT count(*) FROM handles AS a JOIN handles AS b ON a.account_id = b.account_id AND a.id < b.id
         WHERE tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)
        """
    )
    assert overlaps.fetchone() == (0,)
