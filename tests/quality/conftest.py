"""A registry with accounts that have every fault once, and their last posts."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest
from flask.testing import FlaskClient

from directory.database import revisions
from directory.followers.queries import Observation, copy_observations, create_staging, merge_observations
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.quality.dormancy_rule import apply_rule
from tests.serving import client_of

TODAY: Final = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
POLICE: Final = {"department": "成都市公安局", "department_type": "police", "region": "CN-510100", "source": "test"}
HEALTH: Final = {"department": "成都市卫健委", "department_type": "health", "region": "CN-510100", "source": "test"}
TOWN: Final = {"department": "Town of Lund", "department_type": "local-government", "region": "SE", "source": "test"}
ROWS: Final[list[dict[str, Any]]] = [
    {"platform": "weibo", "handle": "police1", "name": "平安成都", **POLICE},
    {"platform": "weibo", "handle": "police2", "name": "平安成都", **POLICE},
    {"platform": "weibo", "handle": "police3", "name": "=成都公安", "status": "closed", **POLICE},
    {"platform": "douyin", "handle": "police", "name": "成都警方", **POLICE},
    {"platform": "weibo", "handle": "health", "name": "平安成都", **HEALTH},
    {"platform": "google-plus", "handle": "health", "name": "健康成都", "status": "active", **HEALTH},
    {"platform": "x", "handle": "lund", "name": "Lund", **TOWN},
    {"platform": "x", "handle": "lundmayor", "name": "The mayor", "subject": "person", **TOWN},
]
# By handle: how many days ago the last post was, and how many days ago somebody looked.
POSTS: Final = {"police1": (1, 0), "police2": (15, 0), "police3": (400, 0), "health": (14, 0), "lund": (300, 299)}


def load(conn: psycopg.Connection) -> None:
    """Import the rows and observe the posts."""
    lines = io.BytesIO("".join(json.dumps(row) + "\n" for row in ROWS).encode())
    import_files(conn, [lines], Options(actor="test", reason="test"))
    observe(conn, {handle: (TODAY - dt.timedelta(days=post), seen) for handle, (post, seen) in POSTS.items()})


def observe(conn: psycopg.Connection, posts: dict[str, tuple[dt.datetime, int]]) -> None:
    """Observe last posts, by handle, as of so many days ago."""
    with conn.transaction():
        ids: dict[str, str] = dict(
            conn.execute("SELECT handle, id FROM accounts WHERE platform <> 'google-plus'").fetchall()
        )
        revisions.begin_revision(conn, actor="test", reason="test", source="test")
        create_staging(conn)
        seen = {handle: TODAY.replace(hour=0) - dt.timedelta(days=days) for handle, (_, days) in posts.items()}
        copy_observations(
            conn, (Observation(ids[each], seen[each], "test", 10, 5, post) for each, (post, _) in posts.items())
        )
        merge_observations(conn)


@pytest.fixture(scope="module")
def client(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Yield a client of a registry with these accounts."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        load(conn)
        apply_rule(conn, day=TODAY.date(), days=14)
    with client_of(module_database_url, tmp_path_factory.mktemp("application")) as client:
        yield client
