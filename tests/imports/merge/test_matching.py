from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from directory.imports.report import Report, RowsRejected

Load = Callable[..., Report]
Accounts = Callable[[], list[dict[str, Any]]]

UID = "2679652763"


def weibo(**row: object) -> dict[str, object]:
    return {"platform": "weibo", "source": "s", **row}


def test_rows_of_one_handle_in_any_spelling_are_one_account(load: Load, accounts: Accounts) -> None:
    report = load(
        [
            {"platform": "twitter", "handle": "@NASA", "source": "a"},
            {"url": "http://twitter.com/#!/nasa", "source": "b"},
            {"platform": "x", "handle": "Nasa", "source": "c"},
        ]
    )
    assert report.created == 1
    assert accounts()[0]["sources"] == ["a", "b", "c"]


def test_a_row_with_a_handle_alone_is_the_account_whose_id_another_row_ties_to_it(
    load: Load, accounts: Accounts
) -> None:
    for rows in ([0, 1], [1, 0]):
        both = [weibo(handle="cdfb", source_id="1"), weibo(handle="cdfb", platform_user_id=UID, source_id="2")]
        load([both[place] for place in rows])
        (account,) = accounts()
        assert (account["handle"], account["platform_user_id"]) == ("cdfb", UID)


def test_an_account_known_by_handle_gains_its_user_id(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="cdfb")])
    before = accounts()[0]["id"]
    report = load([weibo(handle="cdfb", platform_user_id=UID)])
    assert (report.created, report.updated, report.merged) == (0, 1, 0)
    assert [(account["id"], account["platform_user_id"]) for account in accounts()] == [(before, UID)]


def test_two_accounts_that_turn_out_to_be_one_are_merged_into_the_one_with_the_user_id(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="cdfb", name="成都发布", source="a", followers=5, followers_at="2012-01-01")])
    load([weibo(platform_user_id=UID, name="Chengdu", source="b")])
    ids = {account["platform_user_id"]: account["id"] for account in accounts()}
    report = load([weibo(handle="cdfb", platform_user_id=UID, source="c")])
    assert report.merged == 1
    (account,) = accounts()
    assert account["id"] == ids[UID]
    assert account["handle"] == "cdfb"
    assert account["sources"] == ["a", "b", "c"]
    assert account["followers"]["count"] == 5
    assert conn.execute("SELECT id, successor_id FROM tombstones").fetchall() == [(ids[None], ids[UID])]
    last = conn.execute("SELECT action FROM versions WHERE id = %s ORDER BY revision DESC LIMIT 1", (ids[None],))
    assert last.fetchone() == ("merge",)


def test_observations_of_duplicates_become_the_survivors_and_contradicting_ones_are_kept(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    def seen(handle: str, followers: int | None, **more: object) -> dict[str, object]:
        return weibo(
            handle=handle, source="a", source_id=handle, followers=followers, followers_at="2012-01-01", **more
        )

    load([seen("one", 5), seen("two", 60_000, posts=7), seen("one", 9) | {"followers_at": "2012-02-01"}])
    load([weibo(platform_user_id=UID, source="a", source_id="id", followers=4, followers_at="2012-01-01")])
    counts = {account["id"]: 60_000 if account["handle"] == "two" else 5 for account in accounts() if account["handle"]}
    new = {"platform_user_id": UID, "followers": 8, "followers_at": "2012-03-01"}
    report = load([weibo(handle=handle, source="a", source_id=handle) | new for handle in ("two", "one")])
    assert (report.merged, report.observations) == (2, 1)
    assert conn.execute(
        """SELECT observed_at::date::text, followers, posts, stated FROM observations
            WHERE account_id = %s AND revision = (SELECT max(revision) FROM revisions) ORDER BY observed_at""",
        (accounts()[0]["id"],),
    ).fetchall() == [
        ("2012-01-01", 4, 7, {"replaced": {"followers": counts[min(counts)]}}),
        ("2012-02-01", 9, None, None),
        ("2012-03-01", 8, None, None),
    ]
    # The feed has them all, as the pages of observations find them by their revision.
    changes = conn.execute(
        """SELECT record::json ->> 'observations', record::json ->> 'accounts', record::json ->> 'source'
             FROM versions
            WHERE kind = 'observations' AND revision = (SELECT max(revision) FROM revisions)"""
    )
    assert changes.fetchall() == [("3", "1", "a")]


def test_successors_of_successors_are_named_at_once(conn: psycopg.Connection, load: Load, accounts: Accounts) -> None:
    load([weibo(handle="one"), weibo(handle="two", source_id="2")])
    load([weibo(handle="one", platform_user_id=UID), weibo(handle="two", platform_user_id=UID, source_id="2")])
    (account,) = accounts()
    successors = conn.execute("SELECT DISTINCT successor_id FROM tombstones").fetchall()
    assert successors == [(account["id"],)]


def test_a_known_user_id_with_a_new_handle_is_a_rename(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([weibo(handle="old", platform_user_id=UID)])
    report = load([weibo(handle="new", platform_user_id=UID)])
    assert (report.created, report.updated, report.renamed) == (0, 1, 1)
    assert accounts()[0]["url"] == "https://weibo.com/new"
    held = conn.execute("SELECT handle, valid_to IS NULL FROM handles ORDER BY id").fetchall()
    assert held == [("old", False), ("new", True)]


def test_a_handle_that_is_anothers_is_rejected(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="cdfb", platform_user_id=UID)])
    with pytest.raises(RowsRejected) as raised:
        load([weibo(handle="cdfb", platform_user_id="1234567890", source_id="2")])
    (_, line, error) = raised.value.report.errors[0]
    assert (line, error.field, error.value, error.code) == (1, "handle", "cdfb", "handle-taken")
    assert accounts()[0]["id"] in error.message


def test_a_handle_that_is_anothers_is_named_by_its_heading_in_a_table_of_several(load: Load) -> None:
    load([weibo(handle="cdfb", platform_user_id=UID)])
    with pytest.raises(RowsRejected) as raised:
        load("twitter,微博,微博 ID\ncdfb,cdfb,1234567890\n".encode())
    (_, line, error) = raised.value.report.errors[0]
    assert (line, error.field, error.value, error.code) == (2, "微博", "cdfb", "handle-taken")


def test_one_handle_of_two_user_ids_in_a_file_is_rejected_but_for_the_first(load: Load, accounts: Accounts) -> None:
    rows = [weibo(handle="cdfb", platform_user_id=UID), weibo(handle="cdfb", platform_user_id="1234567890")]
    report = load(rows, skip_invalid=True)
    assert dict(report.reasons) == {"handle-of-two": 1}
    assert [account["platform_user_id"] for account in accounts()] == [UID]


def test_a_released_handle_can_be_anothers_and_old_rows_stay_what_they_were(load: Load, accounts: Accounts) -> None:
    old = [weibo(handle="cdfb", platform_user_id=UID, source_id="1"), weibo(handle="cdfb", source_id="2")]
    load(old)
    load([weibo(handle="moved", platform_user_id=UID, source="t")])
    load([weibo(handle="cdfb", platform_user_id="1234567890", source="u")])
    before = accounts()
    assert [(account["handle"], account["platform_user_id"]) for account in before] == [
        ("cdfb", "1234567890"),
        ("moved", UID),
    ]
    report = load(old)
    assert report.revision is None
    assert accounts() == before


def test_an_old_statement_does_not_take_back_a_handle_that_another_has(load: Load, accounts: Accounts) -> None:
    load([weibo(handle="cdfb", platform_user_id=UID, source="a")])
    load([weibo(handle="moved", platform_user_id=UID, source="b")])
    load([weibo(handle="cdfb", platform_user_id="1234567890", source="c")])
    # Now b says nothing of the handle any more, and a's word would be the latest.
    load([weibo(platform_user_id=UID, source="b", name="N")])
    assert {account["platform_user_id"]: account["handle"] for account in accounts()} == {
        UID: "moved",
        "1234567890": "cdfb",
    }


def test_facebook_pages_with_and_without_their_name_are_one(load: Load) -> None:
    report = load(
        [
            {"platform": "facebook", "handle": "Name-142825785752273", "source": "s", "source_id": "1"},
            {"platform": "facebook", "handle": "142825785752273", "source": "s", "source_id": "2"},
        ]
    )
    assert report.created == 1


def test_youtube_channel_ids_keep_their_case(load: Load) -> None:
    ids = ["UCzmGqZ9YrqHY3oe009ovdig", "UCzmGqZ9YrqHY3oe009ovdiG"]
    assert load([{"platform": "youtube", "handle": each, "source": "s"} for each in ids]).created == 2


def test_who_takes_up_a_released_handle_holds_it_since_its_release_at_the_earliest(
    conn: psycopg.Connection, load: Load
) -> None:
    load([weibo(handle="first", platform_user_id=UID, source_id="1")])
    load([weibo(handle="second", platform_user_id=UID, source_id="1")])
    load([weibo(handle="first", platform_user_id="1111111111", source_id="2")])
    intervals = conn.execute(
        "SELECT valid_from, valid_to FROM handles WHERE handle_key = 'first' ORDER BY valid_to NULLS LAST"
    ).fetchall()
    assert len(intervals) == 2
    assert intervals[0][1] is not None
    assert intervals[1] == (intervals[0][1], None)
