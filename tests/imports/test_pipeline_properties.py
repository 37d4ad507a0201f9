"""What holds for any rows at all."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.imports.errors import RowRejected
from directory.imports.merge.staging import select_regions
from directory.imports.report import Report, RowsRejected
from directory.imports.validate.rows import Validator
from directory.imports.values.regions import Regions

Load = Callable[..., Report]
Rows = list[dict[str, Any]]

# Each example is rolled back by itself, so that the connection may be the same for all.
EXAMPLES: Final = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_OPTIONAL: Final = {
    "name": st.sampled_from(["成都发布", "Chengdu Release", "CHENGDU release", "Police"]),
    "name_zh": st.sampled_from(["成都发布", "公安"]),
    "department": st.sampled_from(["Police", "Ministry", "House"]),
    "department_type": st.sampled_from(["police", "legislature", "other"]),
    "region": st.sampled_from(["CN-510100", "CN-SC", "US-OH", "US-TX", "US", "GB"]),
    "subject": st.sampled_from(["body", "person"]),
    "status": st.sampled_from(["active", "closed"]),
    "followers": st.integers(0, 9),
    "followers_at": st.sampled_from(["2011-11-14", "2012-01-01"]),
    "opened_on": st.sampled_from(["2010-01-01", "2011-01-01"]),
    "closed_on": st.sampled_from(["2010-06-01", "2013-01-01"]),
    "language": st.sampled_from(["zh", "en"]),
    "tags": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
    "source": st.sampled_from(["one", "two"]),
    "source_id": st.sampled_from(["1", "2"]),
}


def rows_of(prefix: str, *, with_ids: bool = True) -> st.SearchStrategy[Rows]:
    """Rows about few accounts, so that many meet; one user id for each handle, so that none contradict each other."""
    handle = st.integers(0, 3)

    def build(number: int, known: str, rest: dict[str, Any]) -> dict[str, Any]:
        row = {"platform": "weibo", **rest}
        if "department" in row:
            row["department"] = f"{prefix} {row['department']}"
        if known != "id":
            row["handle"] = f"{prefix}{number}"
        if known != "handle":
            row["platform_user_id"] = f"{ord(prefix)}00000{number}"
        return row

    known = st.sampled_from(["handle", "id", "both"] if with_ids else ["handle"])
    return st.lists(
        st.builds(build, handle, known, st.fixed_dictionaries({}, optional=_OPTIONAL)), min_size=1, max_size=8
    )


def _state(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Everything that an import decides, without ids, numbers of revisions and times of writing."""
    return conn.execute(
        """
        SELECT a.platform, a.platform_user_id, a.handle, a.url, a.name, a.names, a.name_keys, a.region_code, a.subject,
               a.status, a.verification, a.followers, a.followers_at, a.opened_on, a.closed_on, a.language, a.tags,
               a.sources, d.name, d.region_code, d.type,
               ARRAY(SELECT h.handle FROM handles AS h WHERE h.account_id = a.id AND h.valid_to IS NULL)
          FROM account_records AS a LEFT JOIN departments AS d ON d.id = a.department_id
         ORDER BY a.platform, a.platform_user_id, a.handle
        """
    ).fetchall()


def _kept_counts(conn: psycopg.Connection) -> tuple[list[Any], list[Any]]:
    """The rows in which kept counts differ from a recount."""
    counts = conn.execute(
        """
        SELECT country, division, platform, department_type, status, subject, verification, language, sum(n)
          FROM (SELECT country, division, platform, department_type, status, subject, verification, language, 1 AS n
                  FROM accounts
                 UNION ALL
                SELECT country, division, platform, department_type, status, subject, verification, language, -accounts
                  FROM account_counts) AS both_counts
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(n) <> 0
        """
    ).fetchall()
    tallies = conn.execute(
        """
        SELECT dimension, value, sum(n)
          FROM (SELECT 'department' AS dimension, department_id AS value, 1 AS n FROM accounts
                 UNION ALL SELECT 'region', region_code, 1 FROM accounts
                 UNION ALL SELECT 'source', unnest(sources), 1 FROM accounts
                 UNION ALL SELECT 'tag', unnest(tags), 1 FROM accounts
                 UNION ALL SELECT dimension, value, -accounts FROM account_tallies) AS both_tallies
         WHERE value IS NOT NULL
         GROUP BY 1, 2 HAVING sum(n) <> 0
        """
    ).fetchall()
    return counts, tallies


@EXAMPLES
@given(rows=rows_of("a"))
def test_an_import_is_idempotent(conn: psycopg.Connection, load: Load, rows: Rows) -> None:
    with conn.transaction(force_rollback=True):
        load(rows, skip_invalid=True)
        before = _state(conn)
        again = load(rows, skip_invalid=True)
        assert again.revision is None
        assert (again.created, again.updated) == (0, 0)
        assert _state(conn) == before


@EXAMPLES
@given(first=rows_of("a"), second=rows_of("b"))
def test_two_halves_about_different_accounts_are_as_good_as_the_whole(
    conn: psycopg.Connection, load: Load, first: Rows, second: Rows
) -> None:
    with conn.transaction(force_rollback=True):
        load(first, skip_invalid=True)
        load(second, skip_invalid=True)
        halves = _without_times(_state(conn))
    with conn.transaction(force_rollback=True):
        load([*first, *second], skip_invalid=True)
        assert _without_times(_state(conn)) == halves


def _without_times(state: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Leave out when followers were observed: where no row says it, it is the time of the import."""
    return [(*row[:12], *row[13:]) for row in state]


@EXAMPLES
@given(imports=st.lists(rows_of("a"), max_size=3))
def test_kept_counts_names_and_handles_are_those_of_the_accounts(
    conn: psycopg.Connection, load: Load, imports: list[Rows]
) -> None:
    with conn.transaction(force_rollback=True):
        for rows in imports:
            load(rows, skip_invalid=True)
        assert _kept_counts(conn) == ([], [])
        assert conn.execute("SELECT account_id FROM search_pending").fetchall() == []
        cut = conn.execute("SELECT id FROM accounts EXCEPT SELECT account_id FROM account_search").fetchall()
        assert cut == []
        gone = conn.execute("SELECT account_id FROM account_search EXCEPT SELECT id FROM accounts").fetchall()
        assert gone == []
        held = conn.execute(
            """
            SELECT id, handle_key FROM accounts WHERE handle_key IS NOT NULL
            EXCEPT SELECT account_id, handle_key FROM handles WHERE valid_to IS NULL
            """
        )
        assert held.fetchall() == []


_BROKEN: Final[st.SearchStrategy[dict[str, Any]]] = st.sampled_from(
    [
        {"platform": "nowhere"},
        {"region": "XX"},
        {"followers": "many"},
        {"handle": "a b!"},
        {"name": "a\x00"},
        {"folowers": 1},
    ]
)


@EXAMPLES
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), _BROKEN).map(
            lambda pair: {"platform": "weibo", "handle": f"h{pair[0]}", "source": "s", **pair[1]}
        ),
        min_size=1,
        max_size=10,
    )
)
def test_no_valid_row_is_lost_when_invalid_ones_are_skipped_and_none_written_when_not(
    conn: psycopg.Connection, load: Load, rows: Rows
) -> None:
    validator = Validator(Regions(select_regions(conn)), default_source="s")
    valid = set()
    for row in rows:
        try:
            valid.add(validator.normalize(row).handle_key) if "folowers" not in row else None
        except RowRejected:
            continue
    bad = sum("folowers" in row or not _is_valid(validator, row) for row in rows)
    with conn.transaction(force_rollback=True):
        report = load(rows, skip_invalid=True)
        assert report.rejected == bad
        assert Counter(handle for (_, _, handle, *_) in _state(conn)) == Counter(valid)
    if bad:
        with pytest.raises(RowsRejected):
            load(rows)
        assert _state(conn) == []


def _is_valid(validator: Validator, row: dict[str, Any]) -> bool:
    try:
        validator.normalize(row)
    except RowRejected:
        return False
    return True
