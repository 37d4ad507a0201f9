import psycopg

from directory.database.connections import connect
from directory.database.migrations import downgrade, migrate
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.lifecycle import statuses
from tests.imports.conftest import ndjson
from tests.lifecycle.conftest import WHY

ROW = {"platform": "x", "handle": "one", "status": "active", "source": "s"}


def _load(conn: psycopg.Connection, **more: str) -> None:
    import_files(conn, [ndjson([{**ROW, **more}])], Options(actor="test", reason="test"))


def test_below_the_migration_the_sources_have_the_last_word_again(database_url: str) -> None:
    with connect(database_url) as conn:
        _load(conn)
        (account,) = conn.execute("SELECT id FROM accounts").fetchone() or ("",)
        statuses.suspend(conn, account, WHY)
        statuses.close(conn, account, WHY, on=None)
        statuses.reopen(conn, account, WHY)
    downgrade(database_url, "0036")
    with connect(database_url) as conn:
        assert conn.execute("SELECT status FROM accounts").fetchone() == ("suspended",)
    migrate(database_url)
    with connect(database_url) as conn:
        _load(conn, name="One")
        assert conn.execute("SELECT status FROM accounts").fetchone() == ("active",)
        statuses.suspend(conn, account, WHY)
        _load(conn, name="Another")
        assert conn.execute("SELECT status FROM accounts").fetchone() == ("suspended",)
