"""Revisions, versions and tombstones."""

from directory.database.migrations import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0001_revisions.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0001_revisions.down.sql")
