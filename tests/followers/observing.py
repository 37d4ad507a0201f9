"""Observations, written as a batch in the open revision."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from directory.followers.queries import Batch, Observation, copy_observations, create_staging, merge_observations

AT = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)


def write_batch(conn: Connection[Any], observations: Iterable[Observation]) -> list[Batch]:
    """Write a batch."""
    create_staging(conn)
    copy_observations(conn, observations)
    return merge_observations(conn)


def observe(conn: Connection[Any], ids: Iterable[str], followers: int, at: dt.datetime = AT) -> None:
    """Write one count of followers for each of these accounts."""
    write_batch(conn, [Observation(account_id, at, "s1", followers) for account_id in ids])
