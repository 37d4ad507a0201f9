"""The daily job that erases private data."""

from pathlib import Path

import psycopg

from directory.config import Config
from directory.feedback.tasks import TASK, queue_erasure
from directory.jobs.runner import run_until_signal
from directory.jobs.tasks import Registry


def test_one_job_a_day_erases_what_is_due_and_nothing_else(database_url: str, tmp_path: Path) -> None:
    registry = Registry(
        Config(data_dir=tmp_path, download_cache_dir=tmp_path, feedback_undecided_days=10), database_url
    )
    with psycopg.connect(database_url, autocommit=True) as conn:
        for age in (9, 11):
            conn.execute(
                "INSERT INTO feedback (kind, text, key_digest, changed_at) "
                "VALUES ('other', %(age)s::text, sha256('x'), now() - interval '1 day' * %(age)s)",
                {"age": age},
            )
        queue_erasure(conn)
        queue_erasure(conn)
        waiting = "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = %s"
        assert conn.execute(waiting, (TASK,)).fetchone() == (1,)
        assert run_until_signal(registry, [], grace_seconds=5, is_once=True)
        # It is done and gone, and the day is not over.
        queue_erasure(conn)
        assert conn.execute(waiting, (TASK,)).fetchone() == (0,)
        assert conn.execute("SELECT text FROM feedback ORDER BY changed_at").fetchall() == [(None,), ("9",)]
