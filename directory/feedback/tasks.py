"""The daily job that erases what reporters sent so long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from procrastinate import JobContext

from directory.database.connections import connect
from directory.feedback.private_data import erase_due
from directory.jobs.queries import insert_daily_job
from directory.jobs.tasks import registry_of, regularly, task

if TYPE_CHECKING:
    from psycopg import Connection

QUEUE: Final = "erasures"
TASK: Final = "feedback.erase"


@regularly
def queue_erasure(conn: Connection[Any]) -> None:
    """Add the job of this day, unless any host has added it."""
    insert_daily_job(conn, TASK, QUEUE)


@task(TASK, queue=QUEUE)
def erase(context: JobContext) -> None:
    """Erase the private data that is due."""
    registry = registry_of(context)
    with connect(registry.url, "directory feedback") as conn:
        erase_due(conn, registry.config)
