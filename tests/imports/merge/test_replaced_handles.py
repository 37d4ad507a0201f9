"""A complete list whose record has another handle than before: the account is renamed, the old handle quarantined."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from directory.database.point_in_time import select_point_in_time
from directory.imports.errors import OlderList
from directory.imports.report import WithdrawalsRefused
from directory.resolve.resolver import resolve
from tests.imports.conftest import Load

Accounts = Callable[[], list[dict[str, Any]]]
Row = dict[str, object]


def row(record: str, handle: str, **more: object) -> Row:
    return {"platform": "x", "handle": handle, "source_id": record, "name": record, "source": "cities", **more}


def release(*rows: Row) -> list[Row]:
    """Return a list with enough other rows, so that a change is none of a tenth."""
    return [*rows, *(row(f"other{number}", f"other{number}") for number in range(20))]


def handles(accounts: Accounts) -> list[str]:
    return [account["handle"] for account in accounts() if not (account["handle"] or "").startswith("other")]


def verdict(conn: psycopg.Connection, text: str, revision: int | None = None) -> dict[str, Any]:
    as_of = select_point_in_time(conn, revision) if revision is not None else None
    (told,) = resolve(conn, [text], plan=lambda _words: None, as_of=as_of)
    return dict(json.loads(told))


def codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


def test_the_account_is_renamed_and_its_old_handle_was_listed_until_then(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    first = load(release(row("Q1", "old")), complete=True)
    before = {account["handle"]: account["id"] for account in accounts()}
    report = load(release(row("Q1", "new")), complete=True)
    assert (report.created, report.renamed, report.withdrawals.withdrawn) == (0, 1, 0)
    assert {account["handle"]: account["id"] for account in accounts()}["new"] == before["old"]
    told = verdict(conn, "https://x.com/old")
    assert (told["verdict"], told["account"]["handle"]) == ("formerly_official", "new")
    assert codes(told) == ["handle_released", "source_stopped_listing", "renamed"]
    assert None not in {told["valid_from"], told["valid_to"]}
    reason = told["reasons"][1]
    for day in (told["valid_from"][:10], told["valid_to"][:10]):
        assert day in reason["message"]
        assert day in reason["message_zh"]
    assert "the handle “old”" in reason["message"]
    assert "账号名“old”" in reason["message_zh"]
    assert verdict(conn, "https://x.com/new")["verdict"] == "official"
    assert verdict(conn, "https://x.com/old", first.revision)["verdict"] == "official"
    assert codes(verdict(conn, "https://x.com/old", report.revision)) == codes(told)


def test_an_account_that_takes_up_a_replaced_handle_is_not_vouched_for(load: Load, conn: psycopg.Connection) -> None:
    load(release(row("Q1", "old")), complete=True)
    load(release(row("Q1", "new")), complete=True)
    report = load([{"platform": "x", "handle": "old", "platform_user_id": "12345", "source": "press"}])
    assert [taken.handle for taken in report.quarantined] == ["old"]
    assert verdict(conn, "https://x.com/old")["verdict"] == "formerly_official"


def test_a_record_that_goes_back_to_its_old_handle_has_it_again(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    for handle in ("old", "new", "old"):
        report = load(release(row("Q1", handle)), complete=True)
    assert (report.renamed, handles(accounts)) == (1, ["old"])
    assert verdict(conn, "https://x.com/old")["verdict"] == "official"
    assert "source_stopped_listing" in codes(verdict(conn, "https://x.com/new"))


def test_a_handle_that_another_source_lists_stays_with_its_account(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    load([row("", "old", source="press"), *release(row("Q1", "old"))], complete=True)
    report = load(release(row("Q1", "new")), complete=True)
    assert (report.created, report.renamed, report.withdrawals.still_listed) == (1, 0, 1)
    assert sorted(handles(accounts)) == ["new", "old"]
    assert verdict(conn, "https://x.com/old")["verdict"] == "official"


@pytest.mark.parametrize(
    ("before", "after", "renamed", "withdrawn"),
    [
        (["city_of"], ["city_official", "villa"], {"city_official"}, []),
        (["city_a", "villa_a"], ["villa_b", "city_b"], {"city_b", "villa_b"}, []),
        (["city_a", "villa"], ["city_b"], {"city_b"}, ["villa"]),
        (["city", "villa"], ["villa"], set(), ["city"]),
    ],
    ids=["two-for-one", "two-for-two", "one-for-two", "one-dropped"],
)
def test_of_several_handles_of_a_record_the_most_similar_ones_are_pairs(
    load: Load, accounts: Accounts, before: Sequence[str], after: Sequence[str], renamed: set[str], withdrawn: list[str]
) -> None:
    load(release(*(row("Q1", handle) for handle in before)), complete=True)
    ids = {account["id"] for account in accounts()}
    load(release(*(row("Q1", handle) for handle in after)), complete=True)
    known = {account["handle"]: account for account in accounts() if account["id"] in ids}
    assert renamed <= known.keys()
    assert [handle for handle, account in known.items() if not account["sources"]] == withdrawn


def test_an_account_whose_user_id_is_known_is_not_renamed_without_it(load: Load, conn: psycopg.Connection) -> None:
    load(release(row("Q1", "old", platform_user_id="12345")), complete=True)
    report = load(release(row("Q1", "new")), complete=True)
    assert (report.created, report.renamed, report.withdrawals.withdrawn) == (1, 0, 1)
    assert "source_stopped_listing" in codes(verdict(conn, "https://x.com/old"))


def test_a_rename_by_user_id_says_which_source_stopped_listing_the_handle(load: Load, conn: psycopg.Connection) -> None:
    load([row("Q1", "old", platform_user_id="12345")])
    load([row("Q1", "new", platform_user_id="12345")])
    assert codes(verdict(conn, "https://x.com/old")) == ["handle_released", "source_stopped_listing", "renamed"]


def test_a_handle_that_another_source_still_states_was_not_dropped_by_all(load: Load, conn: psycopg.Connection) -> None:
    load([row("Q1", "old", platform_user_id="12345"), row("1", "old", platform_user_id="12345", source="press")])
    load([row("Q1", "new", platform_user_id="12345")])
    assert codes(verdict(conn, "https://x.com/old")) == ["handle_released", "renamed"]


def test_a_list_without_ids_of_its_records_renames_nothing(load: Load) -> None:
    load(release(row("", "old")), complete=True)
    report = load(release(row("", "new")), complete=True)
    assert (report.created, report.renamed, report.withdrawals.withdrawn) == (1, 0, 1)


def test_a_list_that_replaces_most_handles_is_refused(load: Load) -> None:
    load([row(f"Q{number}", f"old{number}") for number in range(20)], complete=True)
    with pytest.raises(WithdrawalsRefused, match="20 of the 20 accounts"):
        load([row(f"Q{number}", f"new{number}") for number in range(20)], complete=True)


def test_the_date_of_a_list_is_that_of_its_changes(load: Load, conn: psycopg.Connection) -> None:
    days = [datetime(2021, 8, day, tzinfo=UTC) for day in (1, 2, 3)]
    load(release(row("Q1", "old"), row("Q2", "gone")), complete=True, list_date=days[0])
    load(release(row("Q1", "new")), complete=True, list_date=days[1])
    load(release(row("Q1", "newer")), complete=True, list_date=days[2])
    for handle, begin, end in (("old", 0, 1), ("gone", 0, 1), ("new", 1, 2)):
        told = verdict(conn, f"https://x.com/{handle}")
        assert (told["valid_from"], told["valid_to"]) == (days[begin].isoformat(), days[end].isoformat()), handle
    assert verdict(conn, "https://x.com/newer")["valid_from"] == days[2].isoformat()


def test_a_record_that_has_a_user_id_in_the_place_of_a_handle_is_known_by_the_id(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    load(release(row("Q1", "old")), complete=True)
    before = {account["handle"]: account["id"] for account in accounts()}
    number: Row = {"platform": "x", "platform_user_id": "12345", "source_id": "Q1", "name": "Q1", "source": "cities"}
    report = load(release(number), complete=True)
    (account,) = (account for account in accounts() if account["platform_user_id"] == "12345")
    assert (report.renamed, account["id"], account["handle"]) == (1, before["old"], None)
    assert "source_stopped_listing" in codes(verdict(conn, "https://x.com/old"))


def test_a_whole_list_without_the_handle_of_an_account_releases_it(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    number: Row = {"platform": "x", "platform_user_id": "12345", "source_id": "Q1", "name": "Q1", "source": "cities"}
    load(release({**number, "handle": "old"}), complete=True)
    load(release(number), complete=True)
    # A column that is missing changes nothing, unless the rows are all that the source says.
    assert handles(accounts) == ["old"]
    load(release(number), complete=True, replace=True)
    (account,) = (account for account in accounts() if account["platform_user_id"] == "12345")
    assert (account["handle"], account["sources"]) == (None, ["cities"])
    told = verdict(conn, "https://x.com/old")
    assert (told["verdict"], codes(told)) == ("formerly_official", ["handle_released", "source_stopped_listing"])


def test_a_release_that_is_older_than_what_the_registry_has_is_refused(load: Load, accounts: Accounts) -> None:
    days = [datetime(2021, 8, day, tzinfo=UTC) for day in (1, 2, 3)]
    load(release(row("Q1", "new"), row("Q2", "added")), complete=True, list_date=days[2])
    with pytest.raises(OlderList, match="cities of 2021-08-03, which is later than 2021-08-02: import releases in"):
        load(release(row("Q1", "old")), complete=True, list_date=days[1])
    assert handles(accounts) == ["new", "added"]
    # The same one again, and another source, are no older releases.
    assert load(release(row("Q1", "new"), row("Q2", "added")), complete=True, list_date=days[2]).revision is None
    load([{**row("1", "new"), "source": "press"}], list_date=days[0])
    load(release(row("Q1", "newer"), row("Q2", "added")), complete=True)
    with pytest.raises(OlderList):
        load(release(row("Q1", "new"), row("Q2", "added")), complete=True, list_date=days[2])
