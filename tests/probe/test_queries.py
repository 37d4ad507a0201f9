"""What a probe counts as new, against a series with packed months."""

import datetime as dt

import psycopg

from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.queries import Observation, copy_observations, create_staging
from directory.probe.queries import count_new_observations
from tests.accounts.conftest import insert_account
from tests.followers.observing import AT, observe


def test_an_observation_of_a_packed_month_is_not_new(database_url: str) -> None:
    with psycopg.connect(database_url, options="-c timezone=UTC", autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="an account that was observed")
            insert_account(conn, 0, {"name": "one"})
            ids = [row[0] for row in conn.execute("SELECT id FROM accounts")]
            observe(conn, ids, 7)
        assert pack_months(conn, dt.datetime.now(dt.UTC))
        with conn.transaction():
            create_staging(conn)
            copy_observations(
                conn,
                [Observation(ids[0], AT, "s1", 7), Observation(ids[0], AT + dt.timedelta(hours=1), "s1", 7)],
            )
            assert count_new_observations(conn) == 1
