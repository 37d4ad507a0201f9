"""Jobs of webhooks: a check finds those with something to send, and each gets a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procrastinate import JobContext

from directory.database.connections import connect
from directory.fetching.posting import Poster
from directory.fetching.user_agent import user_agent
from directory.jobs.tasks import registry_of, regularly, task
from directory.secret_keys import derive_key
from directory.webhooks.delivery import Delivery
from directory.webhooks.queries import select_due
from directory.webhooks.secrets import PURPOSE
from directory.webhooks.subscriptions import QUEUE, TASK, queue_delivery

if TYPE_CHECKING:
    from psycopg import Connection


@regularly
def queue_deliveries(conn: Connection[Any]) -> None:
    """Add a job for each webhook for which something is due."""
    for webhook_id in select_due(conn):
        queue_delivery(conn, webhook_id)


@task(TASK, queue=QUEUE)
def deliver(context: JobContext, *, webhook_id: str) -> None:
    """Send what is due to a webhook."""
    registry = registry_of(context)
    config = registry.config
    with (
        connect(registry.url, "directory webhooks") as conn,
        Poster(user_agent(config), private_hosts=config.webhook_private_hosts) as poster,
    ):
        Delivery(conn, poster, derive_key(config, PURPOSE)).run(webhook_id)
