"""Digests of import rows, so that rows that are known need not be validated again."""

from directory.database.migrations import run

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0025_row_digests.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0025_row_digests.down.sql")
