from collections.abc import Callable
from typing import Any

import psycopg

from directory.database.revisions import begin_revision
from directory.imports.report import Report

Load = Callable[..., Report]
Accounts = Callable[[], list[dict[str, Any]]]


def row(**given: object) -> dict[str, Any]:
    return {"platform": "x", "handle": "nasa", "source": "s", **given}


def test_of_two_statements_the_later_wins_field_by_field(load: Load, accounts: Accounts) -> None:
    load([row(source="a", name="Old", description="kept", status="closed", region="US")])
    load([row(source="b", name="New", status="active")])
    (account,) = accounts()
    assert (account["name"], account["description"], account["status"]) == ("New", "kept", "active")
    assert account["region"]["code"] == "US"
    assert account["names"] == [{"name": "Old", "language": None}]
    assert account["verification"]["level"] == "source"


def test_no_name_and_no_tag_is_lost_and_none_is_there_twice(load: Load, accounts: Accounts) -> None:
    load(
        [
            row(source="a", name="NASA", name_zh="美国宇航局", tags=["space"]),
            row(source="b", name="nasa", names=[{"name": "National Agency", "language": "en"}], tags=["air", "space"]),
            row(source="c", name="Nasa", names=["National agency"]),
        ]
    )
    (account,) = accounts()
    assert account["name"] == "Nasa"
    assert account["names"] == [
        {"name": "National Agency", "language": "en"},
        {"name": "美国宇航局", "language": "zh"},
    ]
    assert account["tags"] == ["air", "space"]


def test_a_statement_of_a_file_that_replaces_is_all_that_its_source_says(load: Load, accounts: Accounts) -> None:
    load([row(source_id="1", name="A", status="active")])
    report = load([row(source_id="1", name="B")], replace=True)
    assert (report.updated, report.unchanged) == (1, 0)
    (account,) = accounts()
    assert (account["name"], account["names"], account["status"]) == ("B", [], "unknown")


def test_followers_are_those_of_the_latest_observation(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([row(followers=5, followers_at="2012-01-01"), row(followers=3, followers_at="2011-01-01", posts=2)])
    assert accounts()[0]["followers"] == {"count": 5, "observed_at": "2012-01-01T00:00:00+00:00"}
    revision = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    report = load([row(followers=4, followers_at="2011-06-01", last_post_at="2011-05-31")])
    assert report.revision is not None
    assert (report.revision,) > (revision or (0,))
    assert accounts()[0]["followers"]["count"] == 5
    assert accounts()[0]["last_post_at"] == "2011-05-31T00:00:00+00:00"
    assert conn.execute("SELECT count(*) FROM observations").fetchone() == (3,)


def test_of_two_observations_of_one_time_the_later_row_counts_however_often_it_is_imported(
    load: Load, accounts: Accounts
) -> None:
    rows = [row(source_id=each, followers=number, followers_at="2012-01-01") for each, number in (("1", 5), ("2", 3))]
    load(rows)
    assert load(rows).revision is None
    followers = accounts()[0]["followers"]
    assert followers is not None
    assert followers["count"] == 3


def test_followers_without_a_time_were_seen_at_the_import(load: Load, accounts: Accounts) -> None:
    load([row(followers="1.2万")])
    account = accounts()[0]
    assert account["followers"] == {"count": 12_000, "observed_at": account["created_at"]}
    assert load([row(followers="1.2万")]).revision is None


def test_sources_that_contradict_each_other_on_dates_do_no_harm(load: Load, accounts: Accounts) -> None:
    load([row(source="a", opened_on="2015-01-01"), row(source="b", closed_on="2014-01-01")])
    assert (accounts()[0]["opened_on"], accounts()[0]["closed_on"]) == (None, "2014-01-01")


def test_a_verification_that_was_proved_is_not_lowered(
    conn: psycopg.Connection, load: Load, accounts: Accounts
) -> None:
    load([row()])
    with conn.transaction():
        conn.execute("SELECT begin_revision('test', 'test')")
        conn.execute("UPDATE accounts SET verification = 'registry'")
    load([row(source="other", name="N")])
    assert accounts()[0]["verification"]["level"] == "registry"


def test_an_import_writes_the_documents_that_the_triggers_would(conn: psycopg.Connection, load: Load) -> None:
    load(
        [
            row(name='A "quoted" \\ name\t长', names=[{"name": "Ä", "language": "de"}, "B"], tags=["b", "a"]),
            row(handle="b", department="Office", department_type="police", region="CN-51", followers=3),
            row(handle="c", department_type="police", followers=1, followers_at="2012-01-01", opened_on="2011-05-06"),
            row(handle="d", platform_user_id="12", description="C", last_post_at="2024-02-03T04:05:06.7+08:00"),
        ]
    )
    begin_revision(conn, actor="test", reason="test")
    # Each update builds the document again; where it is another one, there is a version of it.
    conn.execute("UPDATE accounts SET name = name")
    conn.execute("UPDATE handles SET handle = handle")
    assert conn.execute("SELECT count(*) FROM versions WHERE revision = current_revision()").fetchone() == (0,)
