"""Random histories of a registry, made by the ways in which it is really written."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
from hypothesis import strategies as st
from psycopg import Connection, sql

from directory.database.revisions import begin_revision
from directory.handles import changes
from directory.handles.changes import AuditNote
from directory.handles.errors import ChangeRefused
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from tests.followers.observing import observe
from tests.imports.conftest import ndjson

WHY: Final = AuditNote("editor", 'a reason with "quotes", a \\ and 中文')
# Few, so that accounts meet: they take each other's handles, and turn out to be one.
USERS: Final = ("1111111111", "2222222222")
HANDLES: Final = ("Alpha", "Beta", "Gamma")
REGIONS: Final = ("CN-510100", "CN-510000", "FR-ARA", "LI")
# Of each kind of record its table and the column that it is known by.
TABLES: Final = {
    "account": ("accounts", "id"),
    "department": ("departments", "id"),
    "handle": ("handles", "public_id"),
    "platform": ("platforms", "slug"),
    "region": ("regions", "code"),
    "source": ("sources", "id"),
}

Step = tuple[str, int, int]
WORDS: Final = (
    "claim", "claim", "claim", "mention", "mention", "mention", "rename", "rename late", "release", "transfer",
    "move", "name", "department", "place", "delete", "observe",
)  # fmt: skip
STEPS: Final = st.lists(
    st.tuples(st.sampled_from(WORDS), st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=14
)

# An account takes up what another has just given up, and turns out to be that other one: their handles are one too.
MERGE: Final[list[Step]] = [("mention", 0, 0), ("rename", 0, 1), ("claim", 0, 0), ("claim", 0, 1)]


def records(conn: Connection) -> dict[tuple[str, str], str]:
    """Return the stored JSON of every record, by kind and id."""
    found: dict[tuple[str, str], str] = {}
    for kind, (table, key) in TABLES.items():
        query = sql.SQL("SELECT {}, document FROM {}").format(sql.Identifier(key), sql.Identifier(table))
        found |= {(kind, id_): document for id_, document in conn.execute(query)}
    return found


def latest(conn: Connection) -> int:
    """Return the number of the latest revision."""
    row = conn.execute("SELECT max(revision) FROM revisions").fetchone()
    return int(row[0]) if row and row[0] else 0


def take(conn: Connection, step: Step) -> None:
    """Do one step; what is refused, or breaks a rule of the database, is left."""
    word, who, which = step
    with suppress(ChangeRefused, psycopg.errors.IntegrityError), conn.transaction():
        if word in {"claim", "mention"}:
            _load(conn, word, who, which)
        elif word in _WRITTEN:
            begin_revision(conn, actor="editor", reason=word)
            ids = _accounts(conn)
            parameters = {"id": ids[who % len(ids)] if ids else "", "region": REGIONS[which], "name": f"N\t{which} “”"}
            for statement in _WRITTEN[word]:
                conn.execute(statement, parameters)
        elif word == "observe":
            begin_revision(conn, actor="observer", reason=word)
            observe(conn, _accounts(conn)[: who + 1], which)
        elif ids := _accounts(conn):
            account, other = ids[who % len(ids)], ids[which % len(ids)]
            late = datetime.now(UTC) - timedelta(days=which)
            does: dict[str, Callable[[], Any]] = {
                "rename": lambda: changes.rename(conn, account, HANDLES[which], WHY),
                "rename late": lambda: changes.rename(conn, account, HANDLES[which], WHY, at=late),
                "release": lambda: changes.release(conn, account, WHY),
                "transfer": lambda: changes.transfer(conn, account, other, WHY),
            }
            does[word]()


_WRITTEN: Final = {
    "move": [sql.SQL("UPDATE accounts SET region_code = %(region)s WHERE id = %(id)s")],
    "name": [sql.SQL("UPDATE accounts SET name = %(name)s WHERE id = %(id)s")],
    "department": [sql.SQL("UPDATE departments SET name = name || '!', region_code = %(region)s")],
    "place": [sql.SQL("UPDATE regions SET name_local = %(name)s WHERE code = %(region)s")],
    "delete": [
        sql.SQL("INSERT INTO tombstones SELECT 'account', %(id)s, NULL, current_revision() WHERE %(id)s <> ''"),
        sql.SQL("DELETE FROM accounts WHERE id = %(id)s"),
    ],
}


def _load(conn: Connection, word: str, who: int, which: int) -> None:
    row: dict[str, object] = {"platform": "weibo", "handle": HANDLES[which], "source": f"s{who}"}
    if word == "claim":
        row |= {"platform_user_id": USERS[who % len(USERS)], "department": f"Bureau {who}", "region": REGIONS[who]}
    else:
        row |= {"name": f"N{which}", "followers": which, "tags": ["a|b"]}
    import_files(conn, [ndjson([row])], Options(actor="import", reason="rows", skip_invalid=True))


def _accounts(conn: Connection) -> list[str]:
    return [id_ for (id_,) in conn.execute("SELECT id FROM accounts ORDER BY created_at, id")]
