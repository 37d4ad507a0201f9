"""Webhooks for reports and for failed proofs."""

from directory.database.migrations import run

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0062_webhook_subjects.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0062_webhook_subjects.down.sql")
