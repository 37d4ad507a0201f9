"""Questions that libpq asks by itself answer, and fail, as those of psycopg do; also one behind the other."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.database import prepared_statements
from directory.database.connections import Database
from directory.database.prepared_statements import (
    Query,
    Row,
    fetch_planned,
    fetch_prepared,
    open_pipeline,
    run_together,
)
from directory.database.sql import Fragment, compose, number_literal

ECHO = compose(
    """SELECT %(text)s::text, %(whole)s::bigint, %(text)s::text IS NULL, '100%%', %(texts)s::text[], 1.5::float8
         , %(at)s::timestamptz, %(day)s::date
        WHERE %(whole)s::bigint IS DISTINCT FROM 7"""
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, statement_timeout_ms=500)
    yield opened
    opened.close()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(["{}", '{"a","急救"}', None]),
    st.none() | st.datetimes(min_value=dt.datetime(1, 1, 2), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - the zone is the other argument
)
def test_a_question_answers_what_a_cursor_of_psycopg_answers(
    database: Database, text: str | None, whole: int | None, texts: str | None, moment: dt.datetime | None
) -> None:
    day = moment and moment.date()
    asked = {"text": text, "whole": whole, "texts": texts, "at": moment, "day": day, "more": "than is asked for"}
    with database.read() as conn:
        assert fetch_prepared(conn, ECHO, asked) == conn.execute(ECHO, asked).fetchall()
        assert fetch_planned(conn, ECHO, asked) == conn.execute(ECHO, asked).fetchall()
        assert fetch_prepared(conn, ECHO, {**asked, "whole": 7}) == []


def test_a_value_of_another_kind_is_refused(database: Database) -> None:
    with database.read() as conn, pytest.raises(TypeError, match="is not str, int, date or datetime"):
        fetch_prepared(conn, compose("SELECT %(texts)s::text[]"), {"texts": ["a"]})


def test_a_question_is_prepared_once_on_each_connection(database: Database, database_url: str) -> None:
    one = compose("SELECT %(whole)s::integer + 1")
    with database.read() as conn, psycopg.connect(database_url, autocommit=True) as other:
        for _ in range(3):
            assert fetch_prepared(conn, one, {"whole": 1}) == fetch_prepared(other, one, {"whole": 1}) == [(2,)]
        for each in (conn, other):
            known = each.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::integer + 1'"
            )
            assert known.fetchone() == (1,)


def test_statements_beyond_the_bound_are_answered_too(database: Database) -> None:
    with database.read() as conn:
        for value in range(prepared_statements.MAX_STATEMENTS + 5):
            assert fetch_prepared(
                conn, compose("SELECT {} + %(whole)s::integer", number_literal(value)), {"whole": 1}
            ) == [(value + 1,)]
        known = conn.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'directory%'").fetchone()
        assert known == (prepared_statements.MAX_STATEMENTS,)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (compose("SELECT 1 / %(whole)s::integer"), psycopg.errors.DivisionByZero),
        (compose("SELECT pg_sleep(2 + %(whole)s::integer)"), psycopg.errors.QueryCanceled),
        (compose("SELECT %(whole)s::integer FROM nowhere"), psycopg.errors.UndefinedTable),
        (compose("DELETE FROM regions WHERE %(whole)s::integer = 0"), psycopg.errors.ReadOnlySqlTransaction),
    ],
)
def test_a_failure_is_the_one_that_psycopg_raises(
    database: Database, statement: Fragment, expected: type[Exception]
) -> None:
    with database.read() as conn:
        for _ in range(2):
            with pytest.raises(expected):
                fetch_prepared(conn, statement, {"whole": 0})
        assert fetch_prepared(conn, compose("SELECT %(whole)s::integer"), {"whole": 3}) == [(3,)]


def test_a_lost_connection_is_said_to_be_lost(database: Database, database_url: str) -> None:
    with database.read() as conn, psycopg.connect(database_url, autocommit=True) as admin:
        fetch_prepared(conn, compose("SELECT %(whole)s::integer"), {"whole": 0})
        admin.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            fetch_prepared(conn, compose("SELECT %(whole)s::integer"), {"whole": 0})
        assert conn.closed


def test_what_is_asked_in_a_transaction_sees_one_state(database: Database, database_url: str) -> None:
    with database.snapshot() as conn, psycopg.connect(database_url, autocommit=True) as other:
        count = compose("SELECT count(*) FROM revisions WHERE revision >= %(whole)s::bigint")
        before = fetch_prepared(conn, count, {"whole": 0})
        other.execute("SELECT begin_revision('test', 'another one')")
        assert fetch_prepared(conn, count, {"whole": 0}) == before
    with database.read() as conn:
        assert fetch_prepared(conn, count, {"whole": 0}) != before


PLUS_ONE = compose("SELECT %(whole)s::integer + 1")


def test_queries_that_run_together_see_one_state_and_fail_as_the_first_of_them(database: Database) -> None:
    taken: list[Row] = []
    state = compose("SELECT now(), current_setting('transaction_isolation'), 6 / %(whole)s::integer")
    with database.read() as conn:
        run_together(conn, [Query(state, {"whole": whole}, taken.extend, whole == 2) for whole in (1, 2, 3)])
        moment = taken[0][0]
        assert taken == [(moment, "repeatable read", result) for result in (6, 3, 2)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            run_together(conn, [Query(state, {"whole": whole}, taken.extend) for whole in (1, 0, 1)])
        assert fetch_prepared(conn, PLUS_ONE, {"whole": 1}) == [(2,)]


def test_questions_in_a_pipeline_are_answered_in_their_order(database: Database) -> None:
    taken: list[Sequence[Row]] = []
    texts = compose("SELECT repeat('成', %(whole)s::integer), 1 / (1 - %(whole)s::integer)")
    with database.snapshot() as conn:
        for _ in range(2):
            with open_pipeline(conn) as pipeline:
                for whole in range(500):
                    pipeline.execute(PLUS_ONE, {"whole": whole}, taken.append)
                assert not taken
                # More than lies between the server and us: it has to be fetched while more is asked.
                pipeline.execute(texts, {"whole": 4_000_000}, taken.append)
                pipeline.execute(texts, {"whole": 3}, taken.append)
                pipeline.sync()
                pipeline.execute(PLUS_ONE, {"whole": 7}, taken.append)
            wholes = [rows[0][0] for rows in taken]
            assert wholes == [*range(1, 501), "成" * 4_000_000, "成成成", 8]
            taken.clear()
            assert fetch_prepared(conn, PLUS_ONE, {"whole": 1}) == conn.execute("SELECT 2").fetchall()


def test_a_pipeline_fails_as_its_first_failing_question_does(database: Database) -> None:
    taken: list[Sequence[Row]] = []
    division = compose("SELECT 1 / %(whole)s::integer")
    with database.read() as conn:
        with open_pipeline(conn) as pipeline:
            for whole in (1, 0, 1, 0):
                pipeline.execute(division, {"whole": whole}, taken.append)
            with pytest.raises(psycopg.errors.DivisionByZero):
                pipeline.sync()
        assert taken == [[(1,)]]
        assert fetch_prepared(conn, PLUS_ONE, {"whole": 1}) == conn.execute("SELECT 2").fetchall()


def test_a_pipeline_that_is_left_half_way_leaves_the_connection_as_it_was(database: Database) -> None:
    with database.read() as conn:
        with contextlib.suppress(KeyError), open_pipeline(conn) as pipeline:
            pipeline.execute(PLUS_ONE, {"whole": 1}, lambda _: None)
            raise KeyError
        assert fetch_prepared(conn, PLUS_ONE, {"whole": 1}) == conn.execute("SELECT 2").fetchall()


def test_a_pipeline_on_a_lost_connection_says_so(database: Database, database_url: str) -> None:
    def lose(conn: psycopg.Connection, admin: psycopg.Connection) -> None:
        with open_pipeline(conn) as pipeline:
            pipeline.execute(compose("SELECT pg_sleep(%(whole)s::integer)"), {"whole": 9}, lambda _: None)
            admin.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))

    with database.read() as conn, psycopg.connect(database_url, autocommit=True) as admin:
        with pytest.raises(psycopg.OperationalError):
            lose(conn, admin)
        assert conn.closed
    with database.read() as conn:
        assert fetch_prepared(conn, PLUS_ONE, {"whole": 1}) == [(2,)]


def test_a_pipeline_asks_statements_beyond_the_bound_too(database: Database) -> None:
    taken: list[Sequence[Row]] = []
    with database.read() as conn, open_pipeline(conn) as pipeline:
        for value in range(prepared_statements.MAX_STATEMENTS + 5):
            pipeline.execute(
                compose("SELECT {} + %(whole)s::integer", number_literal(value)), {"whole": 1}, taken.append
            )
    assert [rows[0][0] for rows in taken] == list(range(1, prepared_statements.MAX_STATEMENTS + 6))


def test_who_reads_while_a_pipeline_is_on_gets_another_connection(database: Database) -> None:
    taken: list[Sequence[Row]] = []
    with database.read() as conn:
        with open_pipeline(conn) as pipeline:
            pipeline.execute(PLUS_ONE, {"whole": 1}, taken.append)
            with database.read() as other:
                assert other is not conn
                assert other.execute("SELECT 3").fetchall() == [(3,)]
        assert taken == [[(2,)]]
        with database.read() as again:
            assert again is conn


def test_what_was_prepared_is_prepared_again_after_a_rollback(database: Database) -> None:
    with database.read() as conn:
        fetch_prepared(conn, PLUS_ONE, {"whole": 1})
        for _ in range(3):
            conn.execute("SELECT 1")
    with pytest.raises(psycopg.errors.DivisionByZero), database.snapshot() as conn:
        conn.execute("SELECT 1 / 0")
    with database.read() as again:
        assert again is conn
        assert fetch_prepared(again, PLUS_ONE, {"whole": 1}) == [(2,)]
