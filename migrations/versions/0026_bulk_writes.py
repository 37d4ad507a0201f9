"""Handles by text in one index, facets of a search without a call, and a smaller sample of a new era."""

from directory.database.migrations import run

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0026_bulk_writes.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0026_bulk_writes.down.sql")
