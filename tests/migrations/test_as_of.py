"""What was written before states were kept can be asked for after the upgrade."""

import random

import psycopg

from directory import reference_data
from directory.database.connections import Database, connect
from directory.database.migrations import downgrade, migrate
from directory.database.point_in_time import select_point_in_time, with_clause
from directory.database.revisions import begin_revision
from directory.database.sql import compose
from tests.accounts.conftest import choose_values, insert_account, make_departments

ACCOUNTS = 40
# What the registry had at a revision, by the versions alone.
THEN = """
    SELECT record FROM (SELECT DISTINCT ON (id) id, record FROM versions WHERE kind = 'account' AND revision <= %s
                         ORDER BY id, revision DESC, sequence DESC) AS v WHERE record IS NOT NULL ORDER BY id
"""
COUNTS = "SELECT status, platform, count(*) FROM accounts GROUP BY 1, 2 ORDER BY 1, 2"
KEPT = """
    SELECT status, platform, sum(accounts)::bigint FROM account_counts
     GROUP BY 1, 2 HAVING sum(accounts) <> 0 ORDER BY 1, 2
"""


def _write_history(conn: psycopg.Connection) -> dict[int, list[tuple[object, ...]]]:
    """Write some revisions and return the counts at each."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    counts: dict[int, list[tuple[object, ...]]] = {}
    for turn in range(12):
        with conn.transaction():
            revision = begin_revision(conn, actor="test", reason="before")
            if turn == 0:
                departments: list[str | None] = [*make_departments(conn), None]
                conn.execute("INSERT INTO sources (id, title, licence) VALUES ('s1', '1', 'CC0'), ('s2', '2', 'CC0')")
                for number in range(ACCOUNTS):
                    values = choose_values(chance, departments, number)
                    # Of these there are columns since.
                    later = {"withdrawn_by", "listed_from", "listed_until", "followers", "followers_at", "last_post_at"}
                    insert_account(conn, number, {key: values[key] for key in values if key not in later})
            some = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id")]
            for status in ("active", "closed"):  # of two changes in one revision the second counts
                conn.execute("UPDATE accounts SET status = %s WHERE id = ANY(%s)", (status, chance.sample(some, 9)))
            conn.execute("UPDATE accounts SET name = 'Other ' || %s WHERE id = ANY(%s)", (turn, some[turn : turn + 3]))
            conn.execute(
                "UPDATE accounts SET (followers, followers_at) = (%s, '2024-07-01T00:00:00.25Z') WHERE id = ANY(%s)",
                (turn, chance.sample(some, 9)),
            )
            conn.execute(
                "UPDATE accounts SET last_post_at = '2024-06-01T00:00:00Z'::timestamptz + %s * interval '1 day'"
                " WHERE id = ANY(%s)",
                (turn, chance.sample(some, 5)),
            )
            conn.execute("DELETE FROM accounts WHERE id = %s", (some[-1],))
        counts[revision] = conn.execute(COUNTS).fetchall()
    return counts


def test_states_of_a_history_from_before_are_those_that_it_tells(bare_database_url: str) -> None:
    migrate(bare_database_url)
    with connect(bare_database_url) as conn, conn.transaction():
        reference_data.sync_reference_data(conn)
    downgrade(bare_database_url, "0009")
    with connect(bare_database_url) as conn:
        counts = _write_history(conn)
        conn.execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET directory.era_size = 30', current_database()); END $$"
        )
        records = {revision: conn.execute(THEN, (revision,)).fetchall() for revision in counts}
    migrate(bare_database_url)
    database = Database(bare_database_url, statement_timeout_ms=10_000)
    with database.read() as conn:
        eras = set()
        for revision, counted in counts.items():
            as_of = select_point_in_time(conn, revision)
            assert as_of is not None
            eras.add(as_of.era)
            listed = conn.execute(
                compose("{}SELECT document FROM accounts ORDER BY id", with_clause(as_of, "accounts")), as_of.parameters
            ).fetchall()
            assert listed == records[revision]
            assert (
                conn.execute(compose("{}" + KEPT, with_clause(as_of, "account_counts")), as_of.parameters).fetchall()
                == counted
            )
            held = conn.execute(
                compose("{}SELECT count(*) FROM handles WHERE valid_to IS NULL", with_clause(as_of, "handles")),
                as_of.parameters,
            ).fetchone()
            with_handle = conn.execute(
                compose("{}SELECT count(*) FROM accounts WHERE handle_key IS NOT NULL", with_clause(as_of, "accounts")),
                as_of.parameters,
            ).fetchone()
            assert held == with_handle
        assert len(eras) > 2
        now = conn.execute("SELECT document FROM account_records ORDER BY id").fetchall()
    database.close()
    downgrade(bare_database_url, "0021")
    with connect(bare_database_url) as conn:
        assert conn.execute("SELECT document FROM accounts ORDER BY id").fetchall() == now
        assert {revision: conn.execute(THEN, (revision,)).fetchall() for revision in counts} == records
