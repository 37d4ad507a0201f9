"""Handles and ids may hold a host name of full length."""

from directory.database.migrations import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0015_handles.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0015_handles.down.sql")
