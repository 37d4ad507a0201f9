import psycopg

from directory.changes.queries import ChangeRange, select_changes


def plan(url: str, stretch: ChangeRange) -> str:
    """Return how PostgreSQL finds a page of changes, of a registry with some twenty thousand of them."""
    with psycopg.connect(url, options="-c timezone=UTC") as conn:
        conn.execute("LOAD 'auto_explain'")
        conn.execute("SET auto_explain.log_min_duration = 0")
        conn.execute("SET client_min_messages = log")
        told: list[str] = []
        conn.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        select_changes(conn, stretch, limit=101)
        # It is told when the statement is put away.
        conn.commit()
        return "\n".join(told)


def test_a_filter_that_finds_little_goes_by_its_index(starter_database_url: str) -> None:
    found = plan(starter_database_url, ChangeRange.of(0, 1000, "('kaccount') & ('rLI')"))
    assert "versions_facets" in found
    assert "Seq Scan" not in found


def test_all_changes_and_a_filter_that_finds_much_go_by_the_order(starter_database_url: str) -> None:
    for facets in (None, "('kaccount')"):
        found = plan(starter_database_url, ChangeRange.of(0, 1000, facets))
        assert "versions_pkey" in found
        assert "Seq Scan on versions" not in found
