import datetime as dt

import psycopg

from directory.database.migrations import downgrade, migrate
from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.queries import Observation
from directory.search.indexing import index_pending
from tests.accounts.conftest import insert_account
from tests.followers.observing import write_batch

DAY = dt.datetime(2024, 1, 30, tzinfo=dt.UTC)
ROWS = "SELECT account_id, observed_at, source, revision, followers, posts, last_post_at FROM observations ORDER BY 2"


def test_packed_months_are_rows_again_below_the_migration(database_url: str) -> None:
    with psycopg.connect(database_url) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="accounts")
        insert_account(conn, 0, {"name": "Name"})
        index_pending(conn)
        account = conn.execute("SELECT id FROM accounts").fetchall()[0][0]
        for number in range(4):
            begin_revision(conn, actor="test", reason="observed")
            write_batch(conn, [Observation(account, DAY + dt.timedelta(days=number), "s1", number, None, DAY)])
        before = conn.execute(ROWS).fetchall()
        assert len(pack_months(conn, DAY + dt.timedelta(days=100))) == 2
        assert conn.execute(ROWS).fetchall() == []
    downgrade(database_url, "0029")
    with psycopg.connect(database_url) as conn:
        assert conn.execute(ROWS).fetchall() == before
    migrate(database_url)
