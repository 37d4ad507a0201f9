"""What holds of handles after anything at all that was done to them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.accounts.queries.handles import select_holders
from directory.handles import changes
from directory.handles.changes import AuditNote
from directory.handles.errors import ChangeRefused
from tests.handles.conftest import Load

# Each example is rolled back by itself, so that the connection may be the same for all.
EXAMPLES: Final = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
USERS: Final = ["1000000001", "1000000002", "1000000003"]
HANDLES: Final = ["aa", "AA", "bb", "cc"]
WHY: Final = AuditNote("test", "test")

# A step is a word and two numbers: the account, and the handle or the time.
STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(
            ["claim", "claim", "mention", "rename", "rename", "rename late", "release", "clear", "clear for"]
        ),
        st.sampled_from(range(3)),
        st.sampled_from(range(4)),
    ),
    max_size=12,
)

OVERLAPS: Final = """
    SELECT a.id, b.id FROM handles AS a JOIN handles AS b
        ON a.id < b.id AND (a.account_id = b.account_id OR (a.platform, a.handle_key) = (b.platform, b.handle_key))
     WHERE tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)
"""
DRIFT: Final = """
    SELECT id, handle, handle_key FROM accounts WHERE handle IS NOT NULL
    EXCEPT SELECT account_id, handle, handle_key FROM handles WHERE valid_to IS NULL
"""
DRIFT_BACK: Final = """
    SELECT account_id, handle, handle_key FROM handles WHERE valid_to IS NULL
    EXCEPT SELECT id, handle, handle_key FROM accounts
"""


def take(conn: psycopg.Connection, load: Load, step: tuple[str, int, int]) -> None:
    """Do one step; what is refused is left."""
    word, who, which = step
    user, handle = USERS[who], HANDLES[which]
    if word == "claim":
        load({"handle": handle, "platform_user_id": user}, skip_invalid=True)
    elif word == "mention":
        load({"handle": handle, "source": f"s{who}", "name": f"N{which}"}, skip_invalid=True)
    elif word == "clear":
        changes.unquarantine(conn, "weibo", handle, WHY)
    else:
        ids = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY created_at, id")]
        if not ids:
            return
        account = ids[who % len(ids)]
        late = datetime.now(UTC) - timedelta(days=which)
        does: dict[str, Callable[[], Any]] = {
            "rename": lambda: changes.rename(conn, account, handle, WHY),
            "rename late": lambda: changes.rename(conn, account, handle, WHY, at=late),
            "release": lambda: changes.release(conn, account, WHY),
            "clear for": lambda: changes.unquarantine(conn, "weibo", handle, WHY, for_account=account),
        }
        does[word]()


@EXAMPLES
@given(steps=STEPS)
def test_intervals_never_overlap_and_the_current_one_is_the_accounts_handle(
    conn: psycopg.Connection, load: Load, steps: list[tuple[str, int, int]]
) -> None:
    with conn.transaction(force_rollback=True):
        for step in steps:
            with suppress(ChangeRefused):
                take(conn, load, step)
            for query in (OVERLAPS, DRIFT, DRIFT_BACK):
                assert conn.execute(query).fetchall() == []


@EXAMPLES
@given(steps=STEPS)
def test_a_handle_that_another_account_released_is_barred_until_its_quarantine_is_lifted(
    conn: psycopg.Connection, load: Load, steps: list[tuple[str, int, int]]
) -> None:
    with conn.transaction(force_rollback=True):
        for step in steps:
            with suppress(ChangeRefused):
                take(conn, load, step)
        for holding in select_holders(conn, [("weibo", key) for key in ("aa", "bb", "cc")]):
            others = {release.account_id for release in holding.releases} - {holding.account_id}
            if not any(word.startswith("clear") for word, _, _ in steps):
                assert holding.is_quarantined == bool(others)
            with suppress(ChangeRefused):
                changes.unquarantine(conn, "weibo", holding.handle_key, WHY)
        for holding in select_holders(conn, [("weibo", key) for key in ("aa", "bb", "cc")]):
            assert not holding.is_quarantined
