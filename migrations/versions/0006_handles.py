"""The life of handles: releases, quarantine, clearances."""

from directory.database.migrations import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0006_handles.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0006_handles.down.sql")
