"""A file that says less than an earlier one of its source leaves the rest as it was."""

import json
from collections.abc import Callable
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.imports.report import Report

Load = Callable[..., Report]
Accounts = Callable[[], list[dict[str, Any]]]

WHOLE = {
    "platform": "weibo",
    "handle": "cdfb",
    "platform_user_id": "2679652763",
    "name": "Chengdu Release",
    "name_zh": "成都发布",
    "names": [{"name": "Chengdu News", "language": "en"}],
    "description": "News",
    "department": "Chengdu Information Office",
    "department_type": "publicity",
    "department_url": "https://example.gov.cn",
    "region": "CN-510100",
    "subject": "body",
    "status": "active",
    "opened_on": "2010-06-01",
    "followers": 100,
    "followers_at": "2026-10-01",
    "language": "zh",
    "tags": ["news"],
    "source": "list",
}
IDENTITY = {"platform": "weibo", "handle": "cdfb", "source": "list"}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before if before[key] != after[key]} - {"revision", "updated_at"}


@pytest.mark.parametrize("form", ["ndjson", "json", "csv", "tsv"])
def test_columns_that_a_file_has_not_stay(load: Load, accounts: Accounts, form: str) -> None:
    load([WHOLE])
    (before,) = accounts()
    row = {**IDENTITY, "followers": "250", "followers_at": "2026-11-01"}
    mark = "\t" if form == "tsv" else ","
    content = {
        "ndjson": json.dumps(row),
        "json": json.dumps([row]),
        "csv": f"{mark.join(row)}\n{mark.join(row.values())}\n",
        "tsv": f"{mark.join(row)}\n{mark.join(row.values())}\n",
    }[form]
    report = load(content.encode())
    (after,) = accounts()
    assert (report.updated, report.observations, report.cleared.by_field) == (0, 1, {})
    assert changed(before, after) == {"followers"}
    assert [after[key] for key in ("revision", "updated_at")] == [before[key] for key in ("revision", "updated_at")]
    assert load(content.encode()).revision is None


def test_a_statement_that_differs_in_counts_with_a_time_alone_is_not_written_again(
    conn: psycopg.Connection, load: Load
) -> None:
    def revisions() -> list[tuple[Any, ...]]:
        return conn.execute("SELECT revision, statement -> 'followers' FROM statements").fetchall()

    first = load([WHOLE]).revision
    report = load([{**WHOLE, "followers": 250, "followers_at": "2026-11-01"}])
    assert (report.observations, revisions()) == (1, [(first, 100)])
    corrected = load([{**WHOLE, "followers": 250, "followers_at": "2026-11-01", "description": "Notices"}]).revision
    assert revisions() == [(corrected, 250)]


PARTS: Final = {
    "name": st.sampled_from([None, "Chengdu Today"]),
    "description": st.sampled_from([None, "Official"]),
    "department": st.sampled_from([None, "Chengdu Police", "Ministry"]),
    "department_type": st.sampled_from([None, "police"]),
    "region": st.sampled_from([None, "CN-510116", "US"]),
    "subject": st.sampled_from([None, "person"]),
    "status": st.sampled_from([None, "closed", "unknown"]),
    "opened_on": st.sampled_from([None, "2011-01-01"]),
    "closed_on": st.sampled_from([None, "2012-01-01"]),
    "language": st.sampled_from([None, "en"]),
    "tags": st.sampled_from([None, ["a"], ["a", "b"]]),
}
# Rows of names are in a test of their own.
PLAIN: Final = {key: value for key, value in WHOLE.items() if key not in {"name_zh", "names"}}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.fixed_dictionaries({}, optional=PARTS), min_size=1, max_size=3))
def test_files_of_some_columns_are_as_good_as_one_of_all(
    conn: psycopg.Connection, load: Load, accounts: Accounts, parts: list[dict[str, Any]]
) -> None:
    states = []
    for whole in (False, True):
        row: dict[str, Any] = PLAIN
        with conn.transaction(force_rollback=True):
            load([row])
            for part in parts:
                row = {**row, **part}
                load([row if whole else {**IDENTITY, **part}])
            (account,) = accounts()
            department = (account["department"] or {}).get("name")
            states.append(
                {key: account[key] for key in (*PARTS, "followers") if key in account} | {"department": department}
            )
    assert states[0] == states[1]


def test_a_row_without_anything_but_its_identity_changes_nothing(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    before = accounts()
    for row in (
        IDENTITY,
        {"url": "https://weibo.com/cdfb", "source": "list"},
        {"platform": "weibo", "platform_user_id": "2679652763", "source": "list"},
        {"url": "https://weibo.com/u/2679652763", "source": "list"},
    ):
        assert load([row]).revision is None, row
        assert accounts() == before


@pytest.mark.parametrize("empty", [None, "", "-"])
def test_a_cell_that_is_there_and_empty_empties_the_value_and_is_counted(
    load: Load, accounts: Accounts, empty: str | None
) -> None:
    load([WHOLE])
    fields = ["name", "description", "department", "region", "status", "opened_on", "language", "tags"]
    report = load([{**IDENTITY, **dict.fromkeys(fields, empty)}])
    (account,) = accounts()
    assert [account[field] for field in fields] == [None, None, None, None, "unknown", None, None, []]
    # Of an account without a name that is displayed, the other names stay.
    assert len(account["names"]) == 2
    assert report.cleared.by_field == dict.fromkeys(sorted(fields), 1)
    assert [(found.line, found.field, found.value) for found in report.cleared.first[-2:]] == [
        (1, "status", "active"),
        (1, "tags", "news"),
    ]
    assert load([{**IDENTITY, **dict.fromkeys(fields, empty)}]).revision is None


def test_an_empty_cell_of_a_table_empties_and_one_that_a_short_row_has_not_does_not(
    load: Load, accounts: Accounts
) -> None:
    load([WHOLE])
    load(b"platform,handle,source,name,status\nweibo,cdfb,list,\n")
    (account,) = accounts()
    assert (account["name"], account["status"]) == (None, "active")


def test_what_is_not_understood_of_an_optional_field_leaves_the_value_before(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    before = accounts()
    report = load(
        [
            {
                **WHOLE,
                "region": "Nowhere at all",
                "status": "odd",
                "language": "Bilingual",
                "opened_on": "soon",
                "tags": "[broken",
                "subject": "thing",
                "description": "#REF!",
            }
        ]
    )
    assert accounts() == before
    assert report.notes


def test_what_is_not_understood_stays_also_where_the_file_replaces_all(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    load([{**IDENTITY, "status": "odd"}], replace=True)
    (account,) = accounts()
    assert (account["name"], account["status"]) == (None, "active")


def test_a_file_that_replaces_is_the_whole_statement_of_its_source(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    report = load([{**IDENTITY, "followers": 250, "followers_at": "2026-11-01"}], replace=True)
    assert (report.cleared.by_field["name"], report.cleared.by_field["names"]) == (1, 1)
    (account,) = accounts()
    assert (account["name"], account["names"], account["department"], account["region"]) == (None, [], None, None)
    assert (account["status"], account["tags"]) == ("unknown", [])


def test_what_another_source_said_since_is_the_later_word(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    load([{**IDENTITY, "name": "Chengdu Corrected", "source": "corrections"}])
    for day in ("2026-11-01", "2026-12-01"):
        load([{**IDENTITY, "followers": 250, "followers_at": day}])
        load([{**IDENTITY, "tags": [day], "source": "third"}])
        (account,) = accounts()
        assert account["name"] == "Chengdu Corrected"
    load([{**IDENTITY, "name": "Chengdu Again"}])
    (account,) = accounts()
    assert account["name"] == "Chengdu Again"


def test_a_count_and_its_time_are_one(conn: psycopg.Connection, load: Load) -> None:
    load([{**WHOLE, "posts": 10}])
    load([{**IDENTITY, "followers": 300}])
    load([{**IDENTITY, "followers_at": "2030-01-01"}])
    rows = conn.execute("SELECT followers, observed_at::date::text FROM observations ORDER BY observed_at").fetchall()
    assert [count for count, _ in rows] == [100, 300]
    assert "2030-01-01" not in {day for _, day in rows}


NAMES: Final[list[tuple[dict[str, Any], str, set[str]]]] = [
    ({"name": "New"}, "New", {"成都发布", "Chengdu News"}),
    ({"name": "chengdu NEWS"}, "chengdu NEWS", {"成都发布"}),
    ({"name_zh": "成都新闻"}, "Chengdu Release", {"成都新闻", "Chengdu News"}),
    ({"name_zh": ""}, "Chengdu Release", {"Chengdu News"}),
    ({"names": "en: Other"}, "Chengdu Release", {"成都发布", "Other"}),
    ({"names": "en: Chengdu Release; en: Other"}, "Chengdu Release", {"成都发布", "Other"}),
    ({"names": "zh: 成都; en: Other"}, "Chengdu Release", {"成都", "Other"}),
    ({"names": None}, "Chengdu Release", {"成都发布"}),
    ({"names": None, "name_zh": None}, "Chengdu Release", set()),
    ({"name": None, "name_zh": "成都新闻"}, "成都新闻", {"Chengdu News"}),
]


def test_the_columns_of_names_stand_each_for_itself(load: Load, conn: psycopg.Connection) -> None:
    # An account for each case, so that two imports are enough.
    load([{**WHOLE, "handle": f"h{n}", "platform_user_id": str(2679652763 + n)} for n in range(len(NAMES))])
    rows = [{"platform": "weibo", "handle": f"h{n}", "source": "list", **row} for n, (row, _, _) in enumerate(NAMES)]
    load(rows)
    found = conn.execute("SELECT name, names FROM accounts ORDER BY platform_user_id").fetchall()
    assert [(name, {other["name"] for other in names}) for name, names in found] == [
        (name, names) for _, name, names in NAMES
    ]
    assert load(rows).revision is None


def test_a_chinese_name_in_place_of_the_displayed_one_follows_its_column(load: Load, accounts: Accounts) -> None:
    load([{**IDENTITY, "name_zh": "成都发布"}])
    load([{**IDENTITY, "name_zh": "成都新闻", "status": "active"}])
    (account,) = accounts()
    assert (account["name"], account["names"]) == ("成都新闻", [])


def test_a_department_is_that_of_the_completed_row(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    (before,) = accounts()
    report = load([{**IDENTITY, "region": "CN-510116"}])
    (moved,) = accounts()
    assert moved["department"]["id"] != before["department"]["id"]
    assert (moved["department"]["name"], moved["department"]["type"]) == ("Chengdu Information Office", "publicity")
    assert report.departments_created == 1
    load([{**IDENTITY, "region": "CN-510100"}])
    assert accounts()[0]["department"] == before["department"]
    load([{**IDENTITY, "department": "Chengdu Police"}])
    (account,) = accounts()
    assert (account["department"]["name"], account["region"]["code"]) == ("Chengdu Police", "CN-510100")


def test_a_type_and_a_website_alone_are_those_of_the_department_that_stays(
    conn: psycopg.Connection, load: Load
) -> None:
    load([{**IDENTITY, "department": "Chengdu Police", "region": "CN-510100"}])
    load([{**IDENTITY, "department_type": "police", "department_url": "https://police.example.gov.cn"}])
    rows = conn.execute("SELECT type, website FROM departments WHERE name = 'Chengdu Police'").fetchall()
    assert rows == [("police", "https://police.example.gov.cn")]


def test_members_of_a_legislature_stay_in_their_chamber(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    house = {"department": "House", "department_type": "legislature", "subject": "person", "source": "list"}
    load(
        [
            {"platform": "x", "handle": "one", "region": "US-OH", **house},
            {"platform": "x", "handle": "two", "region": "US-TX", **house},
        ]
    )
    before = [account["department"] for account in accounts()]
    assert before[0] == before[1]
    assert load([{"platform": "x", "handle": "one", "status": "active", "source": "list"}]).departments_created == 0
    load([{"platform": "x", "handle": "two", "region": "US-CA", "source": "list"}])
    assert [account["department"] for account in accounts()] == before
    assert conn.execute("SELECT count(*) FROM departments WHERE name = 'House'").fetchone() == (1,)


def test_rows_of_one_account_complete_each_other_before_the_earlier_ones(load: Load, accounts: Accounts) -> None:
    load([WHOLE])
    load([{**IDENTITY, "name": ""}, {**IDENTITY, "name": "New", "description": ""}, {**IDENTITY, "status": "dormant"}])
    (account,) = accounts()
    assert (account["name"], account["description"], account["status"]) == ("New", None, "dormant")
    assert account["region"]["code"] == "CN-510100"


def test_a_handle_that_was_released_does_not_come_back_by_a_file_without_user_ids(
    load: Load, accounts: Accounts
) -> None:
    load([WHOLE])
    load([{**WHOLE, "handle": "chengdu", "source": "other"}])
    load([{**IDENTITY, "status": "dormant"}])
    (account,) = accounts()
    assert (account["handle"], account["status"]) == ("chengdu", "dormant")
    load([{"platform": "weibo", "platform_user_id": "2679652763", "status": "active", "source": "list"}])
    assert accounts()[0]["handle"] == "chengdu"


def test_a_file_without_the_sources_own_ids_is_about_the_statement_that_has_one(load: Load, accounts: Accounts) -> None:
    load([{**WHOLE, "source_id": "17"}])
    for _ in range(2):
        load([{**IDENTITY, "name": ""}])
        assert accounts()[0]["name"] is None
    two = [{**IDENTITY, "name": "A"}, {**IDENTITY, "name": "B", "source_id": "18"}]
    load(two)
    assert load(two).revision is None
