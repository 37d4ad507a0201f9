"""Kept counts."""

from directory.database.migrations import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0004_counts.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0004_counts.down.sql")
