"""Search: indexes that are written in bulk."""

from directory.database.migrations import run

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0023_search.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0023_search.down.sql")
