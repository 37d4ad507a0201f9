"""The queue of jobs."""

from directory.database.migrations import run

revision = "0048"
down_revision = "0046"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0048_jobs.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0048_jobs.down.sql")
