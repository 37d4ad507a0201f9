"""Snapshots that can be read, and their files."""

from directory.database.migrations import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0009_snapshots.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0009_snapshots.down.sql")
