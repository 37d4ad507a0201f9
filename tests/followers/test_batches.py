"""A batch of observations writes the series, the latest counts, bands that changed and one change, and nothing else."""

import datetime as dt
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database.revisions import begin_revision
from directory.followers.queries import Batch, Observation, copy_observations, create_staging, merge_observations
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.followers.observing import write_batch

DAY = dt.datetime(2024, 1, 31, 23, 30, tzinfo=dt.UTC)
NEXT_MONTH = DAY + dt.timedelta(hours=1)
LATER = NEXT_MONTH + dt.timedelta(hours=1)
UNTOUCHED = """
    SELECT (SELECT array_agg(a ORDER BY id) FROM accounts AS a), (SELECT count(*) FROM versions WHERE kind = 'account'),
           (SELECT count(*) FROM account_states)
"""


@pytest.fixture
def ids(conn: psycopg.Connection) -> list[str]:
    """Return the ids of three accounts."""
    begin_revision(conn, actor="test", reason="accounts")
    for number in range(3):
        insert_account(conn, number, {"name": f"Name {number}"})
    index_pending(conn)
    return [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY handle")]


def write(conn: psycopg.Connection, *observations: Observation) -> list[Batch]:
    """Write a batch in a revision of its own."""
    begin_revision(conn, actor="observer", reason="observed")
    return write_batch(conn, observations)


def composed(conn: psycopg.Connection, account_id: str) -> tuple[Any, Any]:
    """Return what the record of an account says of its observations."""
    row = conn.execute(
        """SELECT document::json -> 'followers', document::json ->> 'last_post_at' FROM account_records
            WHERE id = %s""",
        (account_id,),
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_batch_changes_no_account_and_is_one_change_of_its_source(conn: psycopg.Connection, ids: list[str]) -> None:
    before = conn.execute(UNTOUCHED).fetchone()
    batches = write(
        conn, Observation(ids[0], DAY, "s1", 7), Observation(ids[1], NEXT_MONTH, "s1", posts=3, last_post_at=DAY)
    )
    assert conn.execute(UNTOUCHED).fetchone() == before
    assert batches == [Batch("s1", DAY, NEXT_MONTH, 2, 2)]
    assert composed(conn, ids[0]) == ({"count": 7, "observed_at": "2024-01-31T23:30:00+00:00"}, None)
    assert composed(conn, ids[1]) == (None, "2024-01-31T23:30:00+00:00")
    changes = conn.execute("SELECT sequence, record::json FROM versions WHERE kind = 'observations'").fetchall()
    assert changes == [
        (
            1,
            {
                "source": "s1",
                "from": "2024-01-31T23:30:00+00:00",
                "to": "2024-02-01T00:30:00+00:00",
                "observations": 2,
                "accounts": 2,
            },
        )
    ]
    months = conn.execute("SELECT DISTINCT tableoid::regclass::text FROM observations ORDER BY 1").fetchall()
    assert months == [("observations_2024_01",), ("observations_2024_02",)]


def test_a_batch_that_is_repeated_writes_nothing(conn: psycopg.Connection, ids: list[str]) -> None:
    batch = [Observation(ids[0], DAY, "s1", 7), Observation("0000000", DAY, "s1", 8)]
    assert [each.observations for each in write(conn, *batch)] == [1]
    before = conn.execute("SELECT * FROM account_followers ORDER BY 1").fetchall()
    assert write(conn, *batch) == []
    assert conn.execute("SELECT * FROM account_followers ORDER BY 1").fetchall() == before
    assert conn.execute("SELECT count(*) FROM account_follower_states").fetchone() == (0,)


def test_a_corrected_observation_gives_way_to_what_was_observed_before(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    write(conn, Observation(ids[0], DAY, "s1", 7))
    write(conn, Observation(ids[0], NEXT_MONTH, "s1", 9_000, last_post_at=NEXT_MONTH))
    # One account, although one observation of it is corrected and another one new.
    begin_revision(conn, actor="observer", reason="observed")
    create_staging(conn)
    corrected = Observation(ids[0], NEXT_MONTH, "s1", None, 1, last_post_at=DAY)
    copy_observations(conn, [corrected, Observation(ids[0], LATER, "s1", None, 2)])
    # It counted nothing, and says so: a row without a count would leave the count as it is.
    conn.execute("UPDATE observation_rows SET stated = %s WHERE observed_at = %s", ('{"followers": -1}', NEXT_MONTH))
    (batch,) = merge_observations(conn)
    assert (batch.observations, batch.accounts) == (2, 1)
    assert composed(conn, ids[0]) == (
        {"count": 7, "observed_at": "2024-01-31T23:30:00+00:00"},
        "2024-01-31T23:30:00+00:00",
    )


def test_of_two_counts_of_one_time_the_last_source_by_id_counts(conn: psycopg.Connection, ids: list[str]) -> None:
    write(conn, Observation(ids[0], DAY, "s2", 7, 70))
    write(conn, Observation(ids[0], DAY, "s1", 8, 80))
    found = conn.execute("SELECT followers, source, posts FROM account_followers WHERE account_id = %s", (ids[0],))
    assert found.fetchone() == (7, "s2", 70)


def test_the_row_of_the_search_is_written_only_where_the_band_changes(conn: psycopg.Connection, ids: list[str]) -> None:
    def rows() -> dict[str, tuple[str, bool]]:
        found = conn.execute(
            """SELECT s.account_id, s.ctid::text,
                      s.rank_band = search_rank_band(search_followers(f.followers), s.status_rank, s.name_length)
                      AND 'b' || s.rank_band = ANY (tsvector_to_array(s.facets))
                 FROM account_search AS s JOIN account_followers AS f USING (account_id)"""
        )
        return {account_id: (place, is_right) for account_id, place, is_right in found}

    write(conn, *(Observation(each, DAY, "s1", 1000) for each in ids))
    before = rows()
    write(conn, Observation(ids[0], NEXT_MONTH, "s1", 1001), Observation(ids[1], NEXT_MONTH, "s1", 4000))
    after = rows()
    assert all(is_right for _, is_right in after.values())
    assert {each for each in ids if before[each] != after[each]} == {ids[1]}


def rows_written(conn: psycopg.Connection) -> dict[str, tuple[int, int, int]]:
    """Return what this transaction has written to each table: rows inserted, updated, and of these HOT."""
    found = conn.execute(
        """SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables
            WHERE relid NOT IN (SELECT oid FROM pg_class WHERE relpersistence = 't')"""
    )
    return {name: (inserted, updated, hot) for name, inserted, updated, hot in found}


@pytest.mark.parametrize(("count", "hot"), [(1000, 3), (1001, 0)])
def test_a_count_within_its_band_writes_no_account_and_is_hot_where_it_is_the_same(
    conn: psycopg.Connection, ids: list[str], count: int, hot: int
) -> None:
    write(conn, *(Observation(each, DAY, "s1", 1000) for each in ids))
    begin_revision(conn, actor="observer", reason="observed")
    before = rows_written(conn)
    write_batch(conn, [Observation(each, NEXT_MONTH, "s1", count) for each in ids])
    written = {
        name: tuple(now - then for now, then in zip(counts, before.get(name, (0, 0, 0)), strict=True))
        for name, counts in rows_written(conn).items()
    }
    assert {name: counts for name, counts in written.items() if any(counts)} == {
        "observations_2024_02": (3, 0, 0),
        # An index has the exact count, for lists by followers: one that differs is not HOT.
        "account_followers": (0, 3, hot),
        "account_follower_states": (3, 0, 0),
        "versions": (1, 0, 0),
    }


COUNTS = st.none() | st.integers(0, 5000)
OBSERVATIONS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 40), st.sampled_from(["s1", "s2"]), COUNTS, COUNTS, COUNTS), max_size=6
)
LATEST = """
    SELECT a.id,
           (SELECT (followers, observed_at, source)::text FROM observations AS o
             WHERE o.account_id = a.id AND followers IS NOT NULL ORDER BY observed_at DESC, source DESC LIMIT 1),
           (SELECT posts FROM observations AS o
             WHERE o.account_id = a.id AND posts IS NOT NULL ORDER BY observed_at DESC, source DESC LIMIT 1),
           (SELECT max(last_post_at) FROM observations AS o WHERE o.account_id = a.id)
      FROM accounts AS a ORDER BY a.id
"""
STORED = """
    SELECT account_id, CASE WHEN followers IS NOT NULL THEN (followers, followers_at, source)::text END, posts,
           last_post_at
      FROM account_followers ORDER BY account_id
"""


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(OBSERVATIONS, max_size=4))
def test_the_latest_counts_are_those_of_the_whole_series_in_any_order(
    conn: psycopg.Connection, ids: list[str], batches: list[list[tuple[Any, ...]]]
) -> None:
    with conn.transaction(force_rollback=True):
        for rows in batches:
            unique = {
                (ids[who], DAY + dt.timedelta(days=day), source): (followers, posts, post)
                for who, day, source, followers, posts, post in rows
            }
            write(
                conn,
                *(
                    Observation(*key, followers, posts, None if post is None else DAY + dt.timedelta(minutes=post))
                    for key, (followers, posts, post) in unique.items()
                ),
            )
        assert conn.execute(STORED).fetchall() == conn.execute(LATEST).fetchall()
