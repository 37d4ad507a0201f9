"""Answers to creations, for requests that are sent again."""

from directory.database.migrations import run

revision = "0055"
down_revision = "0061"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0055_idempotency_keys.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0055_idempotency_keys.down.sql")
