"""What is recorded of a file of observations, and what is refused, with the line and what to do."""

import datetime as dt
import io
import json
from dataclasses import asdict
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database.revisions import begin_revision
from directory.followers import recording
from directory.followers.reading import UnreadableError, read_blocks
from directory.followers.recording import RecordOptions, RecordReport, record_observations
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account

AT = "2024-07-01T08:00:00+08:00"


@pytest.fixture
def ids(conn: psycopg.Connection) -> list[str]:
    """Return the ids of three accounts on Weibo, whose handles are handle0 to handle2."""
    begin_revision(conn, actor="test", reason="accounts")
    for number in range(3):
        insert_account(conn, number, {"name": f"Name {number}"})
    index_pending(conn)
    return [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY handle")]


def record(conn: psycopg.Connection, *rows: dict[str, Any] | str, skip_invalid: bool = False) -> RecordReport:
    """Record rows, given as JSON or as text."""
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    return record_observations(
        conn, read_blocks(io.BytesIO(text.encode())), RecordOptions(source="s1", skip_invalid=skip_invalid)
    )


def series(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Return all observations."""
    return conn.execute(
        """SELECT account_id, observed_at, source, followers, following, posts, last_post_at, verified, stated
             FROM observation_series ORDER BY 1, 2, 3"""
    ).fetchall()


def test_an_account_is_named_by_id_or_handle_or_url_and_a_row_says_what_was_seen(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    report = record(
        conn,
        {"account": ids[0], "observed_at": AT, "followers": 60_000, "following": 3, "verified": True},
        {"platform": "weibo", "handle": "@Handle1", "observed_at": "2024-07-01", "source": "s2", "posts": "12"},
        {"url": "https://weibo.com/handle2", "observed_at": AT, "followers": -1, "last_post_at": "2024-06-30"},
    )
    assert (report.recorded, report.no_counts, report.refused) == (3, 1, [])
    assert [(batch.source, batch.observations, batch.accounts) for batch in report.batches] == [
        ("s1", 2, 2),
        ("s2", 1, 1),
    ]
    at = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    assert series(conn) == sorted(
        [
            (ids[0], at, "s1", 60_000, 3, None, None, True, None),
            (ids[1], at, "s2", None, None, 12, None, None, None),
            (ids[2], at, "s1", None, None, None, at - dt.timedelta(days=1), None, {"followers": -1}),
        ]
    )
    assert sorted(report.sources_created) == ["s1", "s2"]


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"observed_at": "2024-07-01T08:00:00"}, "observed_at", "it has no time zone"),
        ({"observed_at": "2999-07-01T08:00:00Z"}, "observed_at", "it is in the future"),
        ({"observed_at": "2024-07-32T08:00:00Z"}, "observed_at", "there is no such time"),
        ({"observed_at": None}, "observed_at", "it does not say when"),
        ({"followers": None}, "followers", "nothing was observed"),
        ({"followers": "1.5万"}, "followers", "it is no whole number"),
        ({"followers": True}, "followers", "it is no whole number"),
        ({"account": "0000000", "source": "S 1"}, "source", "it is no id of a source"),
        ({"account": "0000000"}, "account", "no account has this id"),
        ({"account": None, "url": "https://weibo.com/login"}, "account", "is a page"),
        ({"account": None, "platform": "weibo", "handle": "nobody9"}, "account", "the registry has no such account"),
        ({"folowers": 1}, "folowers", "there is no such column"),
    ],
)
def test_a_row_that_says_nothing_certain_is_refused_and_nothing_is_written(
    conn: psycopg.Connection, ids: list[str], change: dict[str, Any], column: str, message: str
) -> None:
    good = {"account": ids[0], "observed_at": AT, "followers": 7}
    report = record(conn, good, good | {"account": ids[1]} | change)
    (refused,) = report.refused
    assert (refused.line, refused.column) == (2, column)
    assert message in refused.message
    assert refused.remedy
    assert (report.revision, series(conn)) == (None, [])
    # The others are recorded where that is wanted.
    assert record(conn, good, good | {"account": ids[1]} | change, skip_invalid=True).recorded == 1


def test_a_merged_account_is_followed_to_its_successor_and_a_deleted_one_refused(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    begin_revision(conn, actor="test", reason="merged and deleted")
    conn.execute(
        """INSERT INTO tombstones (kind, id, successor_id, revision, category) VALUES
           ('account', %s, %s, current_revision(), NULL), ('account', %s, NULL, current_revision(), 'mistake')""",
        (ids[0], ids[1], ids[2]),
    )
    conn.execute("DELETE FROM accounts WHERE id = ANY (%s)", ([ids[0], ids[2]],))
    index_pending(conn)
    report = record(
        conn,
        {"account": ids[0], "observed_at": AT, "followers": 7},
        {"account": ids[2], "observed_at": AT, "followers": 8},
        {"platform": "weibo", "handle": "handle2", "observed_at": AT, "followers": 9},
        skip_invalid=True,
    )
    assert report.successors == {ids[0]: ids[1]}
    assert [row[:4:3] for row in series(conn)] == [(ids[1], 7)]
    deleted, released = report.refused
    assert "was deleted in revision" in deleted.message
    assert f"account {ids[2]} had this handle" in released.message


def test_of_one_time_with_two_values_the_later_one_counts_and_keeps_the_earlier_one(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    row = {"account": ids[0], "observed_at": AT}
    report = record(conn, row | {"followers": 7}, row | {"followers": 7}, row | {"followers": 8})
    assert (report.recorded, report.contradictions, report.unchanged) == (1, 2, 2)
    assert [(row[3], row[8]) for row in series(conn)] == [(8, {"replaced": {"followers": 7}})]
    # Sent again it changes nothing, not even the revision.
    assert record(conn, row | {"followers": 8}).revision is None
    assert record(conn, row | {"followers": 9}).recorded == 1
    assert [(row[3], row[8]) for row in series(conn)] == [(9, {"replaced": {"followers": 8}})]


@pytest.mark.parametrize("files", [1, 3])
def test_rows_with_other_columns_about_one_time_are_one_observation(
    conn: psycopg.Connection, ids: list[str], files: int
) -> None:
    row: dict[str, Any] = {"account": ids[0], "observed_at": AT}
    rows = [row | {"followers": 60_000, "posts": -1}, row | {"verified": True}, row | {"posts": 95}]
    reports = [record(conn, *rows)] if files == 1 else [record(conn, each) for each in rows]
    assert sum(report.contradictions for report in reports) == (files == 1)
    ((_, _, _, followers, following, posts, _, verified, stated),) = series(conn)
    assert (followers, following, posts, verified, stated) == (60_000, None, 95, True, None)
    assert conn.execute("SELECT followers, posts FROM account_followers WHERE account_id = %s", ids[:1]).fetchall() == [
        (60_000, 95)
    ]
    assert record(conn, rows[1]).revision is None
    # A number that is no count replaces a count.
    assert record(conn, row | {"followers": -1}).recorded == 1
    assert series(conn)[0][3:9:5] == (None, {"followers": -1, "replaced": {"followers": 60_000}})


def test_a_file_brings_at_most_a_hundred_new_sources(conn: psycopg.Connection, ids: list[str]) -> None:
    rows = [
        {"account": ids[0], "observed_at": AT, "source": f"s{number:03}", "followers": number} for number in range(101)
    ]
    report = record(conn, *rows)
    assert (report.revision, [(row.line, row.value) for row in report.refused]) == (None, [(101, "s100")])
    report = record(conn, *rows, skip_invalid=True)
    assert (report.recorded, len(report.batches), len(report.sources_created)) == (100, 100, 100)
    assert record(conn, rows[-1]).recorded == 1


def test_a_file_is_ndjson_or_csv_and_a_broken_one_says_where(conn: psycopg.Connection, ids: list[str]) -> None:
    table = f"account;observed_at;followers\r\n{ids[0]};2024-07-01;7\r\n\r\n{ids[1]};2024-07-01\r\n"
    report = record(conn, table, skip_invalid=True)
    assert (report.recorded, [(row.line, row.message) for row in report.refused]) == (
        1,
        [(4, "it has 2 cells, and the first line 3")],
    )
    with pytest.raises(UnreadableError, match="unknown column 'fans'"):
        record(conn, f"account,observed_at,fans\n{ids[0]},2024-07-01,7\n")
    twice = record(conn, f'{{"account": "{ids[0]}", "followers": 1, "followers": 2}}', "[1]", "x")
    assert [row.line for row in twice.refused] == [1, 2, 3]
    long = record(conn, json.dumps({"account": ids[0], "observed_at": AT, "followers": 1}) + " " * 70_000)
    assert [row.message for row in long.refused] == ["it is longer than 65,536 bytes"]


VALUES = st.none() | st.integers(-2, 3) | st.just(4000)
ROWS = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 70), st.sampled_from(["s1", "s2"])),
    st.tuples(st.integers(-1, 5000), VALUES, VALUES),
    max_size=12,
)
LATEST = "SELECT account_id, followers, followers_at, source, posts, posts_at FROM account_followers ORDER BY 1"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, data=st.data())
def test_any_order_and_division_into_batches_gives_the_same_series_and_latest_counts(
    conn: psycopg.Connection, ids: list[str], rows: dict[tuple[int, int, str], tuple[Any, ...]], data: st.DataObject
) -> None:
    lines = [
        {
            "account": ids[who],
            "observed_at": (dt.datetime(2024, 7, 1, tzinfo=dt.UTC) + dt.timedelta(days=day)).isoformat(),
            "source": source,
            "followers": followers,
            "following": following,
            "posts": posts,
        }
        for (who, day, source), (followers, following, posts) in rows.items()
    ]
    results = []
    for order in (lines, data.draw(st.permutations(lines))):
        with conn.transaction(force_rollback=True):
            cut = data.draw(st.integers(0, len(order)))
            for part in (order[:cut], order[cut:], order[:1]):
                if part:
                    record(conn, *part)
            results.append((series(conn), conn.execute(LATEST).fetchall()))
    assert results[0] == results[1]
    assert len(results[0][0]) == len(rows)


MIXED = st.lists(
    st.fixed_dictionaries(
        {"observed_at": st.sampled_from([AT, AT, "2024-07-02", "2024-07-02T10:00Z"])},
        optional={
            "account": st.sampled_from([0, 1, 2]),
            "handle": st.sampled_from(["handle1", "handle2"]),
            "platform": st.just("weibo"),
            "source": st.sampled_from(["s1", "s2"]),
            "followers": st.integers(0, 10**12) | st.sampled_from([-1, None, "7", 10**13]),
            "posts": st.integers(0, 9),
            "last_post_at": st.sampled_from(["2024-06-01", "2024-06-01T10:00:00+02:00", None]),
            "verified": st.booleans() | st.none(),
        },
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=MIXED, form=st.sampled_from(["csv", "ndjson"]), data=st.data())
def test_a_block_is_parsed_by_columns_as_it_is_row_by_row(
    conn: psycopg.Connection, ids: list[str], rows: list[dict[str, Any]], form: str, data: st.DataObject
) -> None:
    for row in rows:
        if "account" in row:
            row["account"] = ids[row["account"]]
    if form == "csv":
        columns = sorted({key for row in rows for key in row})
        cells = [["" if row.get(key) is None else str(row[key]) for key in columns] for row in rows]
        delimiter = data.draw(st.sampled_from(",;\t"))
        text = "\n".join(delimiter.join(line) for line in [columns, *cells])
    else:
        text = "\n".join(json.dumps(row) for row in rows)
    text += data.draw(st.sampled_from(["", "\n", "\n\n", "\r\n"]))
    results = []
    for columnar in (True, False):
        with pytest.MonkeyPatch.context() as patch, conn.transaction(force_rollback=True):
            patch.setattr(recording, "COLUMNAR_BYTES", 0 if columnar else 10**9)
            blocks = read_blocks(io.BytesIO(text.encode()))
            report = record_observations(conn, blocks, RecordOptions(source="s1", skip_invalid=True))
            results.append((asdict(report), series(conn)))
    assert results[0] == results[1]
