"""Indexes by which a pasted text is resolved."""

from directory.database.migrations import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0007_resolve.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0007_resolve.down.sql")
