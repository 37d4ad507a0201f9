"""`--complete`: what a source lists no longer is withdrawn, with a guard, and never by bad input."""

import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result

from directory.changes.queries import ChangeRange, select_changes
from directory.database.point_in_time import as_of_parameters, select_point_in_time, with_clause
from directory.database.sql import compose
from directory.imports.commands import ROWS_REJECTED, TOO_MUCH_WITHDRAWN
from directory.imports.report import RowsRejected, WithdrawalsRefused
from directory.resolve.resolver import resolve
from tests.imports.conftest import Load
from tests.imports.test_commands import run

__all__ = ["run"]

Accounts = Callable[[], list[dict[str, Any]]]
Row = dict[str, object]


def rows(*handles: str, source: str = "cities", **more: object) -> list[Row]:
    return [{"platform": "x", "handle": handle, "name": handle, "source": source, **more} for handle in handles]


def many(count: int = 20) -> list[Row]:
    return rows(*(f"city{number:02}" for number in range(count)))


def by_handle(accounts: Accounts, handle: str) -> dict[str, Any]:
    return next(account for account in accounts() if account["handle"] == handle)


def parse_timestamp(written: str) -> dt.datetime:
    """Return a moment of a record: PostgreSQL leaves out zeros at the end of a second's fraction."""
    return dt.datetime.fromisoformat(written)


def verdict(conn: psycopg.Connection, text: str) -> dict[str, Any]:
    (told,) = resolve(conn, [text], plan=lambda _words: None)
    return dict(json.loads(told))


def codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


def test_what_a_complete_list_lists_no_longer_is_withdrawn(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    first = load(many())
    before = by_handle(accounts, "city07")
    report = load(many()[:7] + many()[8:], complete=True)
    account = by_handle(accounts, "city07")
    assert account["id"] == before["id"]
    assert account["sources"] == []
    assert account["verification"]["level"] == "none"
    began, ended = (
        conn.execute("SELECT at FROM revisions WHERE revision = %s", (each.revision,)).fetchone()
        for each in (first, report)
    )
    assert began is not None
    assert ended is not None
    withdrawn = account["verification"]["withdrawn"]
    assert withdrawn["source"] == "cities"
    assert parse_timestamp(withdrawn["listed_from"]) == began[0]
    assert parse_timestamp(withdrawn["listed_until"]) == ended[0]
    assert account["name"] == "city07"
    assert (report.created, report.updated, report.unchanged, report.withdrawals.withdrawn) == (0, 0, 19, 1)
    others = [each for each in accounts() if each["handle"] != "city07"]
    assert all(each["verification"]["level"] == "source" and "withdrawn" not in each["verification"] for each in others)


def test_a_withdrawal_is_a_change_with_its_reason_and_no_other_record_changes(
    load: Load, conn: psycopg.Connection
) -> None:
    load(many())
    report = load(many()[1:], complete=True, reason="the cities' list of May")
    assert report.revision is not None
    (change,) = select_changes(conn, ChangeRange.of(report.revision - 1, report.revision), limit=10)
    told = json.loads(change[0])
    assert (told["action"], told["kind"], told["reason"]) == ("update", "account", "the cities' list of May")
    assert told["before"]["verification"]["level"] == "source"
    assert told["after"]["verification"]["withdrawn"]["source"] == "cities"


def test_what_was_withdrawn_is_formerly_official_with_source_and_dates(load: Load, conn: psycopg.Connection) -> None:
    load(many())
    assert verdict(conn, "https://x.com/city00")["verdict"] == "official"
    load(many()[1:], complete=True)
    for text in ("https://x.com/city00", "@city00", "city00 Twitter"):
        told = verdict(conn, text)
        assert told["verdict"] == "formerly_official", text
        assert "source_stopped_listing" in codes(told)
        assert "listed_by_source" not in codes(told)
        assert told["valid_from"] is not None
        assert told["valid_to"] is not None
        message = told["reasons"][-1]["message"]
        assert "“cities”" in message
        assert told["valid_to"][:10] in message


def test_listed_again_the_withdrawal_ends(load: Load, accounts: Accounts, conn: psycopg.Connection) -> None:
    load(many())
    before = by_handle(accounts, "city00")["verification"]
    load(many()[1:], complete=True)
    report = load(many(), complete=True)
    assert (report.updated, report.unchanged) == (1, 19)
    account = by_handle(accounts, "city00")
    assert (account["verification"], account["sources"]) == (before, ["cities"])
    assert verdict(conn, "https://x.com/city00")["verdict"] == "official"
    # And a second time: since when it is listed is said of the second time.
    last = load(many()[1:], complete=True)
    withdrawn = by_handle(accounts, "city00")["verification"]["withdrawn"]
    at = conn.execute("SELECT at FROM revisions WHERE revision = %s", (report.revision,)).fetchone()
    assert at is not None
    assert last.revision is not None
    assert parse_timestamp(withdrawn["listed_from"]) == at[0]


def test_a_row_of_another_source_also_ends_it(load: Load, accounts: Accounts) -> None:
    load(many())
    load(many()[1:], complete=True)
    load(rows("city00", source="press"))
    account = by_handle(accounts, "city00")
    assert (account["verification"]["level"], account["sources"]) == ("source", ["press"])
    assert "withdrawn" not in account["verification"]


def test_an_account_that_another_source_lists_stays_as_that_one_says(load: Load, accounts: Accounts) -> None:
    load(rows("city00", source="press", name="As the press says", status="active"))
    load(many())
    assert by_handle(accounts, "city00")["name"] == "city00"
    report = load(many()[1:], complete=True)
    account = by_handle(accounts, "city00")
    assert (account["name"], account["sources"], account["verification"]["level"]) == (
        "As the press says",
        ["press"],
        "source",
    )
    assert (report.withdrawals.withdrawn, report.withdrawals.still_listed) == (0, 1)
    # Nothing of what was withdrawn comes back with later news.
    load(rows("city00", source="press", name="As the press says", status="dormant"))
    assert by_handle(accounts, "city00")["names"] == []


def test_no_department_is_deleted(load: Load, conn: psycopg.Connection, accounts: Accounts) -> None:
    load([{**row, "department": f"Office of {row['name']}"} for row in many()])
    load([{**row, "department": f"Office of {row['name']}"} for row in many()[1:]], complete=True)
    assert conn.execute("SELECT count(*) FROM departments").fetchone() == (20,)
    assert by_handle(accounts, "city00")["department"]["name"] == "Office of city00"


def test_more_than_a_tenth_is_refused_as_a_whole_and_the_option_that_is_named_confirms(
    load: Load, accounts: Accounts
) -> None:
    load(many(10))
    before = accounts()
    with pytest.raises(WithdrawalsRefused) as refused:
        load([*many(10)[2:], *rows("newtown")], complete=True)
    assert accounts() == before
    message = str(refused.value)
    assert "2 of the 10 accounts" in message
    assert "20.0 %" in message
    assert "--allow-withdrawals 20%" in message
    report = load([*many(10)[2:], *rows("newtown")], complete=True, allow_withdrawals=20)
    assert (report.created, report.withdrawals.withdrawn) == (1, 2)


def test_one_of_ten_is_withdrawn_without_a_question(load: Load) -> None:
    load(many(10))
    assert load(many(10)[1:], complete=True).withdrawals.withdrawn == 1


@pytest.mark.parametrize("content", [b"platform,handle,name\n", b"[]", b"platform,handle,name\n\n\n"])
def test_an_empty_list_withdraws_nothing_unless_all_is_allowed(load: Load, content: bytes, accounts: Accounts) -> None:
    load(many(3))
    form = "json" if content == b"[]" else "csv"
    with pytest.raises(WithdrawalsRefused, match="3 of the 3 accounts"):
        load(content, complete=True, form=form, default_source="cities")
    assert all(account["sources"] == ["cities"] for account in accounts())
    load(content, complete=True, form=form, default_source="cities", allow_withdrawals=100)
    assert all(account["verification"]["level"] == "none" for account in accounts())


@pytest.mark.parametrize("skip_invalid", [False, True])
def test_a_rejected_row_withdraws_nothing(load: Load, accounts: Accounts, *, skip_invalid: bool) -> None:
    load(many())
    before = accounts()
    spoiled = [{**many()[0], "followers": "1e99", "handle": "city 00 no handle"}, *many()[1:]]
    with pytest.raises(RowsRejected):
        load(spoiled, complete=True, skip_invalid=skip_invalid)
    assert accounts() == before


@pytest.mark.parametrize(
    "row", [{"platform": "x", "handle": "login"}, {"platform": "x", "url": "https://x.com/login", "handle": "login"}]
)
def test_an_account_that_a_row_names_which_is_left_out_stays_listed(
    load: Load, accounts: Accounts, conn: psycopg.Connection, row: Row
) -> None:
    # As an older version of this program took it.
    load(many())
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'an old version')")
        conn.execute("UPDATE accounts SET (handle, handle_key) = ('login', 'login') WHERE handle = 'city00'")
    report = load([*many()[1:], {**row, "source": "cities"}], complete=True)
    assert (report.rejected, report.withdrawals.withdrawn) == (1, 0)
    assert by_handle(accounts, "login")["sources"] == ["cities"]


def test_only_the_sources_that_the_list_names_are_complete(load: Load, accounts: Accounts) -> None:
    load([*rows("press1", "press2", source="press"), *many()])
    load(many(), complete=True)
    assert by_handle(accounts, "press1")["sources"] == ["press"]


def test_a_source_that_numbers_its_rows_again_lists_them_still(load: Load, accounts: Accounts) -> None:
    load([{**row, "source_id": f"old{number}"} for number, row in enumerate(many())])
    report = load([{**row, "source_id": f"new{number}"} for number, row in enumerate(many())], complete=True)
    assert (report.withdrawals.withdrawn, report.withdrawals.still_listed) == (0, 0)
    assert all(account["verification"]["level"] == "source" for account in accounts())


def test_a_renamed_account_is_listed(load: Load, accounts: Accounts) -> None:
    listed = [{**row, "platform_user_id": str(1000 + number)} for number, row in enumerate(many())]
    load(listed)
    report = load([{**listed[0], "handle": "newname"}, *listed[1:]], complete=True)
    assert (report.renamed, report.withdrawals.withdrawn) == (1, 0)
    assert by_handle(accounts, "newname")["verification"]["level"] == "source"


def test_without_the_option_nothing_is_withdrawn(load: Load, accounts: Accounts) -> None:
    load(many())
    assert load(many()[1:]).revision is None
    assert by_handle(accounts, "city00")["sources"] == ["cities"]


def test_a_dry_run_names_what_would_be_withdrawn_and_writes_nothing(
    run: Callable[..., Result], load: Load, accounts: Accounts, tmp_path: Path
) -> None:
    load(many())
    before = accounts()
    path, report = tmp_path / "list.ndjson", tmp_path / "report.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in many()[1:]), encoding="utf-8")
    result = run(path, "--complete", "--dry-run", "--report", report)
    assert result.exit_code == 0
    assert accounts() == before
    assert "withdrawn: 1 accounts" in result.stdout
    assert "https://x.com/city00" in result.stdout
    told = json.loads(report.read_text(encoding="utf-8"))["withdrawn"]
    assert told["accounts"] == 1
    assert told["sources"] == [{"source": "cities", "listed": 20, "no_longer_listed": 1}]
    assert [each["handle"] for each in told["first"]] == ["city00"]


def test_the_command_refuses_with_a_code_of_its_own(run: Callable[..., Result], load: Load, tmp_path: Path) -> None:
    load(many(4))
    path = tmp_path / "list.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in many(4)[1:]), encoding="utf-8")
    result = run(path, "--complete", "--report", tmp_path / "report.json")
    assert result.exit_code == TOO_MUCH_WITHDRAWN
    assert "1 of the 4 accounts" in result.stderr
    assert "--allow-withdrawals 25%" in result.stderr
    assert "https://x.com/city00" in result.stderr
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["withdrawn"]["accounts"] == 1
    assert run(path, "--complete", "--allow-withdrawals", "25%").exit_code == 0
    assert run(path, "--complete", "--allow-withdrawals", "many").exit_code == 2


def test_the_command_says_that_rejected_rows_stop_a_complete_list(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle\nx,good\nx,b b\n", encoding="utf-8")
    result = run(path, "--complete", "--skip-invalid")
    assert result.exit_code == ROWS_REJECTED
    assert "complete list" in result.stderr


def test_a_statement_of_before_intervals_were_kept_tells_since_when_from_the_versions(
    load: Load, accounts: Accounts, conn: psycopg.Connection
) -> None:
    first = load(many())
    conn.execute("UPDATE statements SET listed_from = NULL")
    load(many()[1:], complete=True)
    at = conn.execute("SELECT at FROM revisions WHERE revision = %s", (first.revision,)).fetchone()
    assert at is not None
    assert parse_timestamp(by_handle(accounts, "city00")["verification"]["withdrawn"]["listed_from"]) == at[0]


def test_as_of_before_and_after_show_it(load: Load, conn: psycopg.Connection) -> None:
    first = load(many())
    second = load(many()[1:], complete=True)
    for report, level, withdrawn_by in ((first, "source", None), (second, "none", "cities")):
        assert report.revision is not None
        as_of = select_point_in_time(conn, report.revision)
        found = conn.execute(
            compose(
                "{}SELECT verification, withdrawn_by FROM accounts WHERE handle_key = 'city00'",
                with_clause(as_of, "records"),
            ),
            as_of_parameters(as_of),
        ).fetchall()
        assert found == [(level, withdrawn_by)]


def test_the_lists_that_were_handed_over(load: Load, accounts: Accounts, conn: psycopg.Connection) -> None:
    lists: Sequence[bytes] = (
        b"url,name,region\nhttps://x.com/keepone,Keep,US\nhttps://x.com/droptwo,Drop,US\n",
        b"url,name,region\nhttps://x.com/keepone,Keep,US\n",
    )
    load(lists[0], default_source="list")
    with pytest.raises(WithdrawalsRefused):
        load(lists[1], default_source="list", complete=True)
    load(io.BytesIO(lists[1]).getvalue(), default_source="list", complete=True, allow_withdrawals=50)
    assert [(each["name"], each["verification"]["level"]) for each in accounts()] == [
        ("Drop", "none"),
        ("Keep", "source"),
    ]
    assert verdict(conn, "https://x.com/droptwo")["verdict"] == "formerly_official"
    assert verdict(conn, "https://x.com/keepone")["verdict"] == "official"


def test_a_dry_run_blames_no_row_for_an_account_that_only_another_source_lists_now(load: Load) -> None:
    load(many())
    load([*rows("other"), *rows("city03", source="more", language="de")])
    complete = load([row for row in many() if row["handle"] != "city03"], complete=True, dry_run=True)
    (found,) = json.loads(json.dumps(complete.as_json()))["changes"]
    assert (found["handle"], found["file"], found["line"]) == ("city03", None, None)
    assert any("no row: update x/city03" in line for line in complete.lines())
