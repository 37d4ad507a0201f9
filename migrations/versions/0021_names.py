"""The database's names in the terms of the field, and a comment on each table and function."""

from directory.database.migrations import run

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0021_names.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0021_names.down.sql")
