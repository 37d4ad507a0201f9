import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from directory.database.connections import connect
from directory.handles import changes
from directory.handles.changes import AuditNote
from directory.handles.errors import ChangeRefused
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.handles.conftest import OTHER, UID, Load, account_of, holding, intervals, latest
from tests.imports.conftest import ndjson

WHY = AuditNote("editor", "because")


def refusal(code: str) -> pytest.RaisesExc[ChangeRefused]:
    return pytest.RaisesExc(ChangeRefused, check=lambda error: error.code == code)


def test_a_rename_is_one_revision_with_actor_and_reason(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "old", "platform_user_id": UID})
    account = account_of(conn, UID)
    before = latest(conn)[0]
    renamed = changes.rename(conn, account, "https://weibo.com/new?x=1", WHY)
    assert (renamed.before, renamed.after, renamed.revision) == ("old", "new", before + 1)
    assert latest(conn)[:3] == (before + 1, "editor", "because")
    row = conn.execute("SELECT handle, handle_key, url FROM accounts WHERE id = %s", (account,)).fetchone()
    assert row == ("new", "new", "https://weibo.com/new")
    assert intervals(conn, account) == [("old", False, True), ("new", True, False)]
    assert conn.execute("SELECT count(*) FROM search_pending").fetchone() == (0,)


def test_what_is_so_already_makes_no_revision(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "old", "platform_user_id": UID})
    before = latest(conn)
    assert changes.rename(conn, account_of(conn, UID), "old", WHY).revision is None
    assert latest(conn) == before


def test_another_letter_case_keeps_the_interval(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "cdfb", "platform_user_id": UID})
    account = account_of(conn, UID)
    assert changes.rename(conn, account, "CDfb", WHY).revision is not None
    assert intervals(conn, account) == [("CDfb", False, False)]
    load({"handle": "CDFB", "platform_user_id": UID})
    assert intervals(conn, account) == [("CDFB", False, False)]
    with refusal("same-handle"):
        changes.rename(conn, account, "cdfb", WHY, at=datetime.now(UTC))


def test_a_release_leaves_the_account_its_user_id_and_an_address_made_of_it(
    conn: psycopg.Connection, load: Load
) -> None:
    load({"handle": "old", "platform_user_id": UID})
    account = account_of(conn, UID)
    changes.release(conn, account, WHY)
    row = conn.execute("SELECT handle, url FROM accounts WHERE id = %s", (account,)).fetchone()
    assert row == (None, f"https://weibo.com/u/{UID}")
    assert intervals(conn, account) == [("old", False, True)]
    # Taken up after a time without any: not since then, but since now.
    changes.rename(conn, account, "new", WHY)
    (_, released, _), (_, known, _) = intervals(conn, account)
    assert (released, known) == (False, True)
    assert holding(conn, "old").is_quarantined


def test_an_account_known_by_its_handle_alone_cannot_lose_it_but_can_learn_its_user_id(
    conn: psycopg.Connection, load: Load
) -> None:
    load({"handle": "old"})
    account = holding(conn, "old").account_id or ""
    with refusal("no-user-id"):
        changes.release(conn, account, WHY)
    changes.rename(conn, account, "new", WHY, user_id=UID)
    assert account_of(conn, UID) == account
    changes.release(conn, account, WHY)
    with refusal("no-handle"):
        changes.release(conn, account, WHY)


def test_a_refusal_writes_nothing_and_names_the_remedy(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "one", "platform_user_id": UID}, {"handle": "two", "platform_user_id": OTHER})
    one, two = account_of(conn, UID), account_of(conn, OTHER)
    changes.rename(conn, two, "three", WHY)
    before = latest(conn)
    attempts = [
        (one, "three", {}, "handle-taken", f"directory handle release {two}"),
        (one, "two", {}, "quarantined", f"directory handle unquarantine weibo 'two' --for {one}"),
        (one, "a b", {}, "malformed-handle", "profile's address"),
        (one, "https://x.com/nasa", {}, "contradiction", ""),
        (one, "https://weibo.com/u/1111111111", {}, "no-handle", "profile's URL"),
        (one, "new", {"user_id": OTHER}, "other-user-id", "another account"),
        (one, "new", {"at": datetime.now(UTC) + timedelta(hours=1)}, "in-the-future", ""),
        (two, "new", {"at": datetime(2000, 1, 1, tzinfo=UTC)}, "too-early", ""),
        (one[:-1] + ("0" if one[-1] != "0" else "1"), "new", {}, "malformed-id", ""),
        ("0000000", "new", {}, "unknown-account", ""),
    ]
    for account, handle, more, code, remedy in attempts:
        with refusal(code) as raised:
            changes.rename(conn, account, handle, WHY, **more)  # type: ignore[arg-type]
        assert remedy in raised.value.remedy
    with refusal("other-platform"):
        load({"platform": "x", "handle": "nasa"})
        changes.unquarantine(conn, "weibo", "two", WHY, for_account=holding(conn, "nasa", "x").account_id)
    before = latest(conn)
    with refusal("not-quarantined"):
        changes.unquarantine(conn, "weibo", "two", WHY, for_account=two)
    with refusal("not-quarantined"):
        changes.unquarantine(conn, "weibo", "three", WHY)
    assert latest(conn) == before


def test_a_user_id_of_another_account_is_refused(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "one", "platform_user_id": UID}, {"handle": "two"})
    with refusal("user-id-taken"):
        changes.rename(conn, holding(conn, "two").account_id or "", "three", WHY, user_id=UID)


def test_merged_and_deleted_accounts_are_told_from_unknown_ones(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "old"}, {"platform_user_id": UID})
    loser = holding(conn, "old").account_id or ""
    load({"handle": "old", "platform_user_id": UID})
    successor = account_of(conn, UID)
    with refusal("merged") as raised:
        changes.rename(conn, loser, "new", WHY)
    assert successor in raised.value.remedy
    conn.execute("UPDATE tombstones SET successor_id = NULL")
    with refusal("deleted"):
        changes.rename(conn, loser, "new", WHY)


def test_a_rename_that_was_noticed_late_is_dated_back(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "old", "platform_user_id": UID})
    account = account_of(conn, UID)
    then = datetime(2020, 5, 1, tzinfo=UTC)
    changes.rename(conn, account, "new", WHY, at=then)
    assert holding(conn, "new").valid_from == then
    assert holding(conn, "old").releases[0].valid_to == then
    with refusal("too-early"):
        changes.rename(conn, account, "newer", WHY, at=then - timedelta(seconds=1))
    later = then + timedelta(days=1)
    changes.release(conn, account, WHY, at=later)
    assert holding(conn, "new").releases[0].valid_to == later
    with refusal("too-early"):
        changes.rename(conn, account, "old", WHY, at=later - timedelta(seconds=1))
    changes.rename(conn, account, "old", WHY, at=later)
    assert holding(conn, "old").valid_from == later


def test_a_successor_is_named_and_no_circle_is_closed(conn: psycopg.Connection, load: Load) -> None:
    load({"handle": "one"}, {"handle": "two"}, {"handle": "three"})
    one, two, three = (holding(conn, key).account_id or "" for key in ("one", "two", "three"))
    assert changes.transfer(conn, one, two, WHY) is not None
    assert changes.transfer(conn, one, two, WHY) is None
    assert changes.transfer(conn, two, three, WHY) is not None
    for account in (one, two, three):
        with refusal("circle"):
            changes.transfer(conn, three, account, WHY)
    load({"handle": "one", "name": "N"})
    row = conn.execute("SELECT replaced_by, handle FROM accounts WHERE id = %s", (one,)).fetchone()
    assert row == (two, "one")


def test_two_who_want_one_handle_at_once_come_one_after_the_other(database_url: str) -> None:
    with connect(database_url) as conn:
        rows = [{"platform": "weibo", "platform_user_id": uid, "source": "s"} for uid in (UID, OTHER)]
        import_files(conn, [ndjson(rows)], Options(actor="test", reason="test"))
        ids = [account_of(conn, uid) for uid in (UID, OTHER)]
    outcomes: list[str] = []

    def take(account: str) -> None:
        with connect(database_url) as own:
            try:
                changes.rename(own, account, "wanted", WHY)
                outcomes.append("renamed")
            except ChangeRefused as refused:
                outcomes.append(refused.code)

    threads = [threading.Thread(target=take, args=(account,)) for account in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["handle-taken", "renamed"]
    with connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM handles").fetchone() == (1,)
