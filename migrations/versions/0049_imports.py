"""Imports over HTTP."""

from directory.database.migrations import run

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0049_imports.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0049_imports.down.sql")
