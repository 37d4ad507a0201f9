"""What anybody reports, and what becomes of it."""

from directory.database.migrations import run

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0053_feedback.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0053_feedback.down.sql")
