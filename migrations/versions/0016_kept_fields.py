"""Statements keep what later files of their source leave out, and know when it was stated."""

from directory.database.migrations import run

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0016_kept_fields.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0016_kept_fields.down.sql")
