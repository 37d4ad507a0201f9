"""Restorations: deleted and merged accounts that came back under their ids, and what takes a merge apart."""

from directory.database.migrations import run

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0045_restorations.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0045_restorations.down.sql")
