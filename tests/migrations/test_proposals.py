from datetime import timedelta

import psycopg

from directory.database.migrations import downgrade, migrate
from directory.tokens.queries import insert_token


def test_below_the_migration_no_proposal_is_left_and_above_it_one_can_be_filed_again(database_url: str) -> None:
    statement = """
        INSERT INTO proposals (account_id, operation, body, digest, reason, token_id, proposer, read_at)
        VALUES ('08xb202', 'suspend', '{}', sha256('x'), 'test', %s, 'Survey', 1)
    """
    with psycopg.connect(database_url) as conn:
        token = insert_token(conn, b"t" * 32, name="Survey", scopes=["propose"], lifetime=timedelta(days=1))
        conn.execute(statement, (token,))
    downgrade(database_url, "0053")
    migrate(database_url)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM proposals").fetchone() == (0,)
        conn.execute(statement, (token,))
