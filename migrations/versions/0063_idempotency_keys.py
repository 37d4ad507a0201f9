"""Answers to creations, for requests that are sent again."""

from directory.database.migrations import run

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0063_idempotency_keys.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0063_idempotency_keys.down.sql")
