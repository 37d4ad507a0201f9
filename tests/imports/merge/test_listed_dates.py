"""Rows with `listed_from` and `listed_until`: what a source listed is registered, and not official."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from directory.imports.report import RowsRejected
from directory.resolve.resolver import resolve
from tests.imports.conftest import Load

Accounts = Callable[[], list[dict[str, Any]]]
Row = dict[str, object]
SINCE, UNTIL = "2021-08-12T00:00:00+00:00", "2023-02-10T00:00:00+00:00"
ENDED: Row = {"listed_from": "2021-08-12", "listed_until": "2023-02-10"}


def row(record: str, handle: str, **more: object) -> Row:
    return {"platform": "x", "handle": handle, "source_id": record, "name": record, "source": "cities", **more}


def verdict(conn: psycopg.Connection, text: str) -> dict[str, Any]:
    (told,) = resolve(conn, [text], plan=lambda _words: None)
    return dict(json.loads(told))


def codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


def test_an_account_that_was_listed_is_formerly_official_with_both_dates(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    rows = [row("Q1", "gone", **ENDED), row("Q2", "here", listed_from="2020-01-01")]
    report = load(rows)
    assert report.created == 2
    gone, here = accounts()
    assert (gone["sources"], gone["name"]) == ([], "Q1")
    assert gone["verification"]["level"] == "none"
    assert gone["verification"]["withdrawn"] == {"source": "cities", "listed_from": SINCE, "listed_until": UNTIL}
    assert here["verification"]["level"] == "source"
    told = verdict(conn, "https://x.com/gone")
    assert (told["verdict"], told["valid_from"], told["valid_to"]) == ("formerly_official", SINCE, UNTIL)
    reason = told["reasons"][-1]
    assert reason["code"] == "source_stopped_listing"
    assert all("2021-08-12" in text and "2023-02-10" in text for text in (reason["message"], reason["message_zh"]))
    assert load(rows).revision is None


def test_a_row_ends_what_its_source_said_and_a_row_without_an_end_begins_it_again(
    load: Load, accounts: Accounts
) -> None:
    load([row("Q1", "city")])
    load([row("Q1", "city", **ENDED)])
    (account,) = accounts()
    assert account["verification"]["withdrawn"]["listed_until"] == UNTIL
    report = load([row("Q1", "city")])
    (account,) = accounts()
    assert (report.updated, account["sources"], account["verification"]["level"]) == (1, ["cities"], "source")


def test_an_end_of_one_source_leaves_the_account_to_the_others(load: Load, accounts: Accounts) -> None:
    load([row("Q1", "city", name="As listed"), row("", "city", source="press")])
    load([row("Q1", "city", name="As listed", **ENDED)])
    (account,) = accounts()
    assert (account["sources"], account["verification"]["level"]) == (["press"], "source")


def test_what_a_source_once_listed_does_not_change_an_account(load: Load, accounts: Accounts) -> None:
    load([row("Q1", "city", name="Now")])
    load([row("7", "city", name="Then", source="history", **ENDED)])
    (account,) = accounts()
    assert (account["name"], account["sources"]) == ("Now", ["cities"])
    # Nor does it if no source lists the account any more.
    load([row("Q1", "city", name="Now", **ENDED)])
    load([row("8", "city", name="Then again", source="history", **ENDED)])
    assert accounts()[0]["name"] == "Now"


def test_the_stated_beginning_is_that_of_a_later_withdrawal(load: Load, accounts: Accounts) -> None:
    others = [row(f"other{number}", f"other{number}") for number in range(20)]
    load([row("Q1", "city", listed_from="2021-08-12"), *others])
    load(others, complete=True)
    withdrawn = next(account for account in accounts() if account["handle"] == "city")["verification"]["withdrawn"]
    assert withdrawn["listed_from"] == SINCE


@pytest.mark.parametrize("is_known", [False, True], ids=["together", "afterwards"])
def test_a_handle_that_its_record_replaced_is_a_former_one_of_the_account(
    load: Load, accounts: Accounts, conn: psycopg.Connection, *, is_known: bool
) -> None:
    history = [row("Q1", "older", listed_until="2021-08-12"), row("Q1", "old", **ENDED)]
    now = row("Q1", "new", listed_from="2023-03-17")
    if is_known:
        load([now])
    report = load([*history, now])
    assert report.created == (0 if is_known else 1)
    (account,) = accounts()
    assert (account["handle"], account["sources"]) == ("new", ["cities"])
    told = verdict(conn, "https://x.com/old")
    assert (told["verdict"], told["valid_from"], told["valid_to"]) == ("formerly_official", SINCE, UNTIL)
    assert codes(told) == ["handle_released", "source_stopped_listing", "renamed"]
    assert verdict(conn, "https://x.com/older")["verdict"] == "formerly_official"
    assert load([*history, now]).revision is None
    taken = load([{"platform": "x", "handle": "old", "platform_user_id": "12345", "source": "press"}])
    assert [each.handle for each in taken.quarantined] == ["old"]


def test_rows_with_follower_counts_of_one_account_are_one_listing(load: Load, accounts: Accounts) -> None:
    counts = [row("Q1", "new", followers=number, followers_at=f"2024-01-{number:02}") for number in range(1, 4)]
    load([row("Q1", "old", **ENDED), *counts])
    assert [account["handle"] for account in accounts()] == ["new"]


def test_handles_that_were_listed_at_one_time_are_several_accounts(load: Load, accounts: Accounts) -> None:
    load([row("Q1", "one", listed_from="2020-01-01"), row("Q1", "two", **ENDED)])
    assert [account["handle"] for account in accounts()] == ["one", "two"]


def test_an_end_that_is_not_understood_is_no_row_that_is_listed_now(load: Load, accounts: Accounts) -> None:
    for bad in ({"listed_until": "soon"}, {"listed_from": "2023-01-01", "listed_until": "2022-01-01"}):
        with pytest.raises(RowsRejected):
            load([row("Q1", "city", **bad)])
    assert accounts() == []


def test_an_interval_never_ends_before_it_begins(load: Load, conn: psycopg.Connection) -> None:
    number = {"platform_user_id": "12345"}
    load([row("Q1", "old", **number)])
    load([row("Q1", "new", **number)])
    load([row("Q1", "new", **number, **ENDED)])
    told = verdict(conn, "https://x.com/new")
    assert (told["verdict"], told["valid_from"], told["valid_to"]) == ("formerly_official", SINCE, UNTIL)
