"""SQL of the queue; its schema and functions are procrastinate's, in the schema `jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg import Connection

# After so many attempts that a process did not survive, the job is what kills it.
ATTEMPTS_MAX: Final = 3
_FAILED_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Job:
    """A job that waits, runs or has failed; `at` is when it last changed."""

    id: int
    queue: str
    task: str
    status: str
    attempts: int
    scheduled_at: dt.datetime | None
    at: dt.datetime | None
    lock: str | None


def insert_job(
    conn: Connection[Any],
    task: str,
    queue: str,
    arguments: dict[str, Any],
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    scheduled_at: dt.datetime | None = None,
) -> int | None:
    """Insert a job in the caller's transaction and return its id, None if one with this `queueing_lock` waits already.

    Of the jobs with one `lock` only one runs at a time, in their order. Without `scheduled_at` it may run at once.
    """
    try:
        with conn.transaction():
            row = conn.execute(
                """
                SELECT unnest(jobs.procrastinate_defer_jobs_v1(ARRAY[
                    ROW(%(queue)s, %(task)s, 0, %(lock)s, %(queueing_lock)s, %(arguments)s, %(scheduled_at)s)
                    ::jobs.procrastinate_job_to_defer_v1]))
                """,
                {
                    "queue": queue,
                    "task": task,
                    "lock": lock,
                    "queueing_lock": queueing_lock,
                    "arguments": Jsonb(arguments),
                    "scheduled_at": scheduled_at,
                },
            ).fetchone()
    except psycopg.errors.UniqueViolation:
        return None
    return int(row[0]) if row is not None else None


def insert_daily_job(conn: Connection[Any], task: str, queue: str) -> int | None:
    """Insert a job without arguments and return its id, None if one was inserted on this day (UTC), by any host."""
    row = conn.execute(
        """
        SELECT jobs.procrastinate_defer_periodic_job_v2(
                 %(queue)s, NULL, NULL, %(task)s, 0, 'daily',
                 extract(epoch FROM date_trunc('day', now(), 'UTC'))::bigint, '{}')
        """,
        {"task": task, "queue": queue},
    ).fetchone()
    return row[0] if row is not None else None


def select_jobs(conn: Connection[Any], limit: int) -> list[Job]:
    """Return jobs, the latest first; those that succeeded are deleted."""
    with conn.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            """
            SELECT j.id, j.queue_name AS queue, j.task_name AS task, j.status::text, j.attempts, j.scheduled_at,
                   (SELECT max(e.at) FROM jobs.procrastinate_events AS e WHERE e.job_id = j.id) AS at, j.lock
              FROM jobs.procrastinate_jobs AS j
             ORDER BY j.id DESC LIMIT %s
            """,
            (limit,),
        ).fetchall()


def has_due_jobs(conn: Connection[Any], queues: Sequence[str]) -> bool:
    """Whether a job of these queues waits and may run now."""
    row = conn.execute(
        """
        SELECT EXISTS (SELECT FROM jobs.procrastinate_jobs
                        WHERE status = 'todo' AND queue_name = ANY(%s)
                          AND (scheduled_at IS NULL OR scheduled_at <= now()))
        """,
        (list(queues),),
    ).fetchone()
    return row == (True,)


def update_stalled_jobs(conn: Connection[Any], seconds: float) -> tuple[list[int], list[int]]:
    """Queue jobs again whose process has shown no life for `seconds`; return their ids, and those that now failed.

    procrastinate removes such a process from its list and leaves the job as running without an end: its lock would keep
    all later jobs waiting.
    """
    rows = conn.execute(
        """
        UPDATE jobs.procrastinate_jobs AS j
           SET status = CASE WHEN j.attempts + 1 < %(most)s THEN 'todo' ELSE 'failed'
                        END::jobs.procrastinate_job_status,
               attempts = j.attempts + 1, worker_id = NULL, abort_requested = false
          FROM (SELECT s.id
                  FROM jobs.procrastinate_jobs AS s
                  LEFT JOIN jobs.procrastinate_workers AS w ON w.id = s.worker_id
                 WHERE s.status = 'doing'
                   AND (w.id IS NULL OR w.last_heartbeat < now() - %(seconds)s * interval '1 second')
                   FOR UPDATE OF s SKIP LOCKED) AS stalled
         WHERE j.id = stalled.id
        RETURNING j.id, j.status = 'todo'
        """,
        {"most": ATTEMPTS_MAX, "seconds": seconds},
    ).fetchall()
    return [job for job, runs in rows if runs], [job for job, runs in rows if not runs]


def update_interrupted_jobs(conn: Connection[Any], workers: Sequence[int]) -> int:
    """Queue the running jobs of these workers again, as the workers stop; return how many there are.

    It is no attempt of theirs.
    """
    return conn.execute(
        """
        UPDATE jobs.procrastinate_jobs SET status = 'todo', worker_id = NULL, abort_requested = false
         WHERE status = 'doing' AND worker_id = ANY(%s)
        """,
        (list(workers),),
    ).rowcount


def delete_old_jobs(conn: Connection[Any]) -> int:
    """Delete jobs that ended a month ago, and return how many."""
    return conn.execute(
        """
        DELETE FROM jobs.procrastinate_jobs AS j
         WHERE j.status NOT IN ('todo', 'doing')
           AND NOT EXISTS (SELECT FROM jobs.procrastinate_events AS e
                            WHERE e.job_id = j.id AND e.at > now() - %s * interval '1 day')
        """,
        (_FAILED_DAYS,),
    ).rowcount
