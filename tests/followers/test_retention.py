"""Old months are packed without a change of any answer, and thinned to weeks without losing the latest or a jump."""

import datetime as dt
import io
import json
import re

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database.connections import connect
from directory.database.revisions import begin_revision
from directory.followers import latest_counts, packing
from directory.followers.packing import pack_months, vacuum
from directory.followers.queries import Observation, create_staging
from directory.followers.reading import read_blocks
from directory.followers.recording import RecordOptions, record_observations
from directory.followers.retention import thin_months
from directory.followers.series import select_observations
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.followers.observing import write_batch

MONDAY = dt.datetime(2024, 1, 29, 6, tzinfo=dt.UTC)
NOW = dt.datetime(2024, 9, 1, tzinfo=dt.UTC)
SERIES = "SELECT * FROM observation_series ORDER BY account_id, observed_at, source"
LATEST = "SELECT account_id, followers, followers_at, posts, posts_at, last_post_at FROM account_followers ORDER BY 1"

RECOMPUTED = """
    SELECT a.id, (SELECT observed_at FROM observation_series AS o WHERE o.account_id = a.id AND followers IS NOT NULL
                   ORDER BY observed_at DESC, source DESC LIMIT 1),
           (SELECT observed_at FROM observation_series AS o WHERE o.account_id = a.id AND posts IS NOT NULL
             ORDER BY observed_at DESC, source DESC LIMIT 1)
      FROM accounts AS a ORDER BY a.id
"""


@pytest.fixture
def ids(conn: psycopg.Connection) -> list[str]:
    """Return the ids of two accounts."""
    begin_revision(conn, actor="test", reason="accounts")
    for number in range(2):
        insert_account(conn, number, {"name": f"Name {number}"})
    index_pending(conn)
    return [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY handle")]


def write(conn: psycopg.Connection, *observations: Observation) -> None:
    """Write a batch in a revision of its own."""
    begin_revision(conn, actor="observer", reason="observed")
    write_batch(conn, observations)


def day(number: int) -> dt.datetime:
    """Return a time so many days after a Monday at the end of a month."""
    return MONDAY + dt.timedelta(days=number)


def test_packed_months_read_the_same_and_take_late_and_corrected_observations(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    write(conn, *(Observation(ids[0], day(each), "s1", 100 + each, each or None) for each in range(10)))
    write(conn, *(Observation(ids[1], day(each), source, 7) for each in range(3) for source in ("s1", "s2")))
    before = conn.execute(SERIES).fetchall()
    assert len(pack_months(conn, NOW)) == 2
    assert conn.execute("SELECT count(*) FROM observations").fetchone() == (0,)
    assert conn.execute(SERIES).fetchall() == before
    assert pack_months(conn, NOW) == []
    write(conn, Observation(ids[0], day(0), "s1", 100), Observation(ids[0], day(1), "s1", 999))
    write(conn, Observation(ids[1], day(2) + dt.timedelta(hours=1), "s3", 8))
    assert len(pack_months(conn, NOW)) == 1
    after = conn.execute("SELECT account_id, observed_at, source, followers FROM observation_series").fetchall()
    assert len(after) == len(before) + 1
    assert {(ids[0], day(1), "s1", 999), (ids[1], day(2) + dt.timedelta(hours=1), "s3", 8)} <= {*after}


def test_known_rows_of_packed_months_leave_them_packed(conn: psycopg.Connection, ids: list[str]) -> None:
    # Of each account two months.
    known = [Observation(each, day(number), "s1", number) for each in ids for number in range(8)]
    write(conn, *known)
    assert len(pack_months(conn, NOW)) == 2
    before = conn.execute(SERIES).fetchall()
    write(conn, *known)
    assert conn.execute("SELECT count(*) FROM observation_blocks").fetchone() == (4,)
    write(conn, *known, Observation(ids[0], day(0), "s2", 9), Observation(ids[1], day(7), "s1", posts=9))
    left = conn.execute("SELECT account_id, month::text FROM observation_blocks ORDER BY month")
    assert left.fetchall() == [(ids[1], "2024-01-01"), (ids[0], "2024-02-01")]
    assert len(conn.execute(SERIES).fetchall()) == len(before) + 1


def test_of_a_week_the_last_values_stay_and_all_of_it_where_a_count_jumped(
    conn: psycopg.Connection, ids: list[str]
) -> None:
    # Three weeks across the end of a month; the posts are counted on Tuesdays only.
    # The account is silent from the first Thursday on.
    write(
        conn,
        *(
            Observation(ids[0], day(each), "s1", 100 + each, 5 if each % 7 == 1 else None, day(min(each, 3)))
            for each in range(21)
        ),
    )
    # In the second week another one soars.
    write(conn, *(Observation(ids[1], day(each), "s1", 10 if each < 9 else 60_000) for each in range(21)))
    latest = conn.execute(LATEST).fetchall()
    assert thin_months(conn, NOW, actor="test") == 0
    pack_months(conn, NOW)
    removed = thin_months(conn, NOW, actor="test")
    kept = {
        account: sorted((at - MONDAY).days for (at,) in conn.execute(
            "SELECT observed_at FROM observation_series WHERE account_id = %s", (account,)))
        for account in ids
    }  # fmt: skip
    assert kept == {ids[0]: [1, 6, 8, 13, 15, 20], ids[1]: [6, *range(7, 14), 20]}
    assert removed == 42 - 6 - 9
    reasons = conn.execute("SELECT reason FROM revisions WHERE actor = 'test' AND reason LIKE '%thinned%' ORDER BY 1")
    assert reasons.fetchall() == [(f"observations of 2024-{month} thinned to weeks",) for month in ("01", "02")]
    assert thin_months(conn, NOW, actor="test") == 0
    # The latest counts follow from what is left.
    assert conn.execute(RECOMPUTED).fetchall() == [row[:5:2] for row in latest]


def test_a_backlog_is_packed_at_once_and_gives_what_rows_would(conn: psycopg.Connection, ids: list[str]) -> None:
    def lines() -> bytes:
        rows = [
            {
                "account": ids[who],
                "observed_at": day(number).isoformat(),
                "source": source,
                "followers": number % 7 * who,
            }
            | ({"posts": number} if number % 3 else {})
            for number in range(-10, 1020, 2)
            for who in (0, 1)
            for source in ("s1", "s2")
        ]
        return "\n".join(map(json.dumps, rows)).encode()

    results = []
    for packs in (True, False):
        with pytest.MonkeyPatch.context() as patch, conn.transaction(force_rollback=True):
            patch.setattr(packing, "_STAGED_MIN", 1 if packs else 10**9)
            report = record_observations(conn, read_blocks(io.BytesIO(lines())), RecordOptions())
            blocks = conn.execute("SELECT count(*) FROM observation_blocks").fetchall()
            assert (blocks > [(0,)]) is packs
            changes = conn.execute("SELECT record FROM versions WHERE kind = 'observations' ORDER BY id").fetchall()
            results.append((report, conn.execute(SERIES).fetchall(), conn.execute(LATEST).fetchall(), changes))
            # Sent again it changes nothing, and what comes later is one of the series.
            assert record_observations(conn, read_blocks(io.BytesIO(lines())), RecordOptions()).revision is None
            # A merge of accounts writes rows again, also of months that never had any.
            conn.execute("SELECT unpack_observations(%s)", (ids,))
            assert conn.execute("SELECT count(*) FROM observation_blocks").fetchone() == (0,)
            assert conn.execute(SERIES).fetchall() == results[-1][1]
    assert results[0] == results[1]


COUNTS = st.sampled_from([None, 0, 1, 5, 30, 900, 5_000, 80_000])
SEEN = st.dictionaries(st.tuples(st.integers(0, 40), st.sampled_from(["s1", "s2"])), COUNTS, min_size=1, max_size=25)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=SEEN, cutoff=st.integers(0, 60))
def test_what_stays_keeps_its_flags_whenever_it_is_thinned(
    conn: psycopg.Connection, ids: list[str], seen: dict[tuple[int, str], int | None], cutoff: int
) -> None:
    def flags() -> dict[tuple[str, str], str]:
        rows = select_observations(conn, ids[0], begin=None, end=None, limit=100, after=None)
        return {(at, source): text for text, at, source in rows}

    results = []
    for cutoffs in ([day(cutoff), NOW], [NOW]):
        with conn.transaction(force_rollback=True):
            write(
                conn,
                *(
                    Observation(ids[0], day(at), source, followers, 1, day(at - at % 6))
                    for (at, source), followers in seen.items()
                ),
            )
            before, latest = flags(), conn.execute(LATEST).fetchall()
            pack_months(conn, NOW)
            for before_time in cutoffs:
                thin_months(conn, before_time, actor="test")
            after = flags()
            assert after.items() <= before.items()
            flagged = {key for key, text in before.items() if '"flags":[]' not in text}
            assert flagged <= after.keys()
            assert conn.execute(LATEST).fetchall() == latest
            results.append(after)
    assert results[0] == results[1]


def test_a_correction_reads_the_packed_months_of_its_account_alone(conn: psycopg.Connection) -> None:
    create_staging(conn)
    conn.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(line for (line,) in conn.execute(f"EXPLAIN {latest_counts._CHANGES}".encode()))  # noqa: SLF001 - the statement itself
    assert "Seq Scan on observation_blocks" not in plan
    assert re.search(r"observation_blocks.*\n +(->.*\n +)?Index Cond: \(account_id = a\w*\.account_id\)", plan), plan


def test_the_space_of_packed_rows_is_returned_once_nobody_needs_them(database_url: str) -> None:
    sizes = "SELECT pg_relation_size('observations_2024_01'), pg_indexes_size('observations_2024_01')"
    with connect(database_url) as conn, connect(database_url) as reader:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="accounts")
            insert_account(conn, 0, {"name": "Name"})
            index_pending(conn)
            account = conn.execute("SELECT id FROM accounts").fetchall()[0][0]
            write(
                conn, *(Observation(account, MONDAY + dt.timedelta(seconds=each), "s1", each) for each in range(3000))
            )
        with reader.transaction():
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            reader.execute("SELECT FROM revisions")
            vacuum(conn, pack_months(conn, NOW))
            assert pack_months(conn, NOW) == []
            # It still reads what was there before.
            assert reader.execute("SELECT count(*) FROM observations").fetchone() == (3000,)
        vacuum(conn, ["observations_2024_01"])
        before = conn.execute(sizes).fetchall()[0]
        assert pack_months(conn, NOW) == []
        after = conn.execute(sizes).fetchall()[0]
        assert before[0] == after[0] == 0
        assert after[1] < 160 * 1024 < before[1]
        assert conn.execute("SELECT count(*) FROM observation_series").fetchone() == (3000,)
