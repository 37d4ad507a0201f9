"""Webhooks: who is told of changes, and what became of each message."""

from directory.database.migrations import run

revision = "0057"
down_revision = "0054"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0057_webhooks.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0057_webhooks.down.sql")
